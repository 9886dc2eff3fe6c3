package io.jandaia.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.model.GenerateOptions;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.jandaia.model.chat.Message;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The APIs of Anthropic and Ollama: what the model answers, in their shapes. */
@Timeout(120)
class OtherApisTest {

    private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    private static Model starter;
    private static ApiServer server;
    private static HttpClient client;

    @BeforeAll
    static void open() {
        starter = Model.open(Path.of("../models/starter"), LoadOptions.DEFAULT);
        Models models = new Models(Map.of("starter", () -> starter), Map.of("claude-x", "starter"));
        models.open();
        server = ApiServer.start(ServeOptions.DEFAULT.address("127.0.0.1", 0), models, r -> {});
        client = HttpClient.newHttpClient();
    }

    @AfterAll
    static void close() {
        client.close();
        server.close();
        starter.close();
    }

    private static HttpResponse<String> send(String path, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.uri() + path));
        if (!body.isEmpty()) {
            request.POST(HttpRequest.BodyPublishers.ofString(body));
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    private static JsonNode ask(String path, String body) throws Exception {
        HttpResponse<String> r = send(path, body);
        assertThat(r.statusCode()).as(r.body()).isEqualTo(200);
        assertThat(r.headers().firstValue("x-ignored-params")).isEmpty();
        return json(r.body());
    }

    private static String expected(int tokens) {
        return starter.chat(
                        List.of(Message.user("Hi")),
                        GenerateOptions.DEFAULT.temperature(0).maxTokens(tokens),
                        t -> {})
                .text();
    }

    @Test
    void messagesAnswer() throws Exception {
        JsonNode json =
                ask("/v1/messages", "{\"model\":\"claude-x\",\"max_tokens\":12,\"temperature\":0," + MESSAGES + "}");
        assertThat(json.at("/type").asString()).isEqualTo("message");
        assertThat(json.at("/content/0/text").asString()).isEqualTo(expected(12));
        assertThat(json.at("/stop_reason").asString()).isIn("max_tokens", "end_turn");
        int prompt = starter.prompt(List.of(Message.user("Hi"))).length;
        assertThat(json.at("/usage/input_tokens").asInt()
                        + json.at("/usage/cache_read_input_tokens").asInt())
                .isEqualTo(prompt);
        assertThat(ask("/v1/messages/count_tokens", "{\"model\":\"starter\"," + MESSAGES + "}")
                        .at("/input_tokens")
                        .asInt())
                .isEqualTo(prompt);
    }

    @Test
    void messagesStreamInNamedEvents() throws Exception {
        HttpResponse<String> r = send(
                "/v1/messages",
                "{\"model\":\"starter\",\"max_tokens\":12,\"temperature\":0,\"stream\":true," + MESSAGES + "}");
        StringBuilder text = new StringBuilder();
        StringBuilder order = new StringBuilder();
        String name = "";
        for (String line : r.body().lines().toList()) {
            if (line.startsWith("event: ")) {
                name = line.substring(7);
            } else if (line.startsWith("data: ")) {
                JsonNode data = json(line.substring(6));
                assertThat(data.at("/type").asString()).isEqualTo(name);
                text.append(data.at("/delta/text").asString(""));
                if (!order.toString().endsWith(name + " ")) {
                    order.append(name).append(' ');
                }
            }
        }
        assertThat(order.toString())
                .isEqualTo("message_start content_block_start content_block_delta content_block_stop message_delta"
                        + " message_stop ");
        assertThat(text.toString()).isEqualTo(expected(12));
    }

    @Test
    void aStopSequenceIsNamed() throws Exception {
        String answer = expected(30);
        String stop = answer.substring(4, 6);
        JsonNode json = ask(
                "/v1/messages",
                "{\"max_tokens\":30,\"temperature\":0,\"stop_sequences\":["
                        + JsonMapper.shared().valueToTree(stop) + "]," + MESSAGES + "}");
        assertThat(json.at("/stop_reason").asString()).isEqualTo("stop_sequence");
        assertThat(json.at("/stop_sequence").asString()).isEqualTo(stop);
        assertThat(json.at("/content/0/text").asString()).isEqualTo(answer.substring(0, answer.indexOf(stop)));
    }

    @Test
    void theSystemComesFirstAndTheAssistantIsContinued() throws Exception {
        List<Message> messages = List.of(Message.system("Be kind."), Message.user("Hi"));
        assertThat(ask(
                                "/v1/messages/count_tokens",
                                "{\"system\":[{\"type\":\"text\",\"text\":\"Be kind.\"}]," + MESSAGES + "}")
                        .at("/input_tokens")
                        .asInt())
                .isEqualTo(starter.prompt(messages).length);
        JsonNode more = ask(
                "/v1/messages",
                "{\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"I am\"}]}");
        assertThat(more.at("/content/0/text").asString()).isNotEmpty();
    }

    @Test
    void errorsHaveTheShapeOfTheirApi() throws Exception {
        HttpResponse<String> a = send("/v1/messages", "{" + MESSAGES + "}");
        assertThat(a.statusCode()).isEqualTo(400);
        assertThat(json(a.body()).at("/type").asString()).isEqualTo("error");
        assertThat(json(a.body()).at("/error/type").asString()).isEqualTo("invalid_request_error");
        assertThat(json(a.body()).at("/error/message").asString()).contains("max_tokens");
        HttpResponse<String> o = send("/api/chat", "{\"model\":\"nope\"," + MESSAGES + "}");
        assertThat(o.statusCode()).isEqualTo(404);
        assertThat(json(o.body()).at("/error").asString()).contains("nope");
    }

    @Test
    void ollamaChats() throws Exception {
        String begin = "{\"model\":\"starter:latest\",\"options\":{\"temperature\":0,\"num_predict\":12}," + MESSAGES;
        JsonNode whole = ask("/api/chat", begin + ",\"stream\":false}");
        assertThat(whole.at("/message/content").asString()).isEqualTo(expected(12));
        assertThat(whole.at("/done").asBoolean()).isTrue();
        assertThat(whole.at("/eval_count").asInt()).isPositive();
        HttpResponse<String> r = send("/api/chat", begin + "}");
        assertThat(r.headers().firstValue("content-type")).contains("application/x-ndjson");
        StringBuilder text = new StringBuilder();
        JsonNode last = json("{}");
        for (String line : r.body().lines().toList()) {
            last = json(line);
            text.append(last.at("/message/content").asString());
        }
        assertThat(text.toString()).isEqualTo(expected(12));
        assertThat(last.at("/done_reason").asString()).isIn("stop", "length");
        assertThat(ask("/api/chat", "{\"model\":\"starter\"}")
                        .at("/done_reason")
                        .asString())
                .isEqualTo("load");
    }

    @Test
    void ollamaGenerates() throws Exception {
        String begin = "{\"model\":\"starter\",\"stream\":false,\"options\":{\"temperature\":0,\"num_predict\":12},";
        assertThat(ask("/api/generate", begin + "\"prompt\":\"Hi\"}")
                        .at("/response")
                        .asString())
                .isEqualTo(expected(12));
        String raw = starter.generate(
                        "Hi", GenerateOptions.DEFAULT.temperature(0).maxTokens(12), t -> {})
                .text();
        assertThat(ask("/api/generate", begin + "\"prompt\":\"Hi\",\"raw\":true}")
                        .at("/response")
                        .asString())
                .isEqualTo(raw);
        String form = ask("/api/generate", begin + "\"prompt\":\"Hi\",\"format\":{\"type\":\"integer\"}}")
                .at("/response")
                .asString();
        assertThat(form).matches("-?[0-9]+");
        assertThat(send("/api/generate", begin + "\"prompt\":\"Hi\",\"images\":[\"x\"]}")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void ollamaListsAndEmbeds() throws Exception {
        assertThat(ask("/api/tags", "").at("/models/0/name").asString()).isEqualTo("starter");
        assertThat(ask("/api/ps", "").at("/models/0/size").asLong()).isGreaterThan(1_000_000);
        assertThat(ask("/api/version", "").at("/version").isString()).isTrue();
        assertThat(ask("/api/show", "{\"model\":\"starter\"}")
                        .at("/capabilities/0")
                        .asString())
                .isEqualTo("completion");
        assertThat(ask("/api/embed", "{\"model\":\"starter\",\"input\":[\"a\",\"b\"]}")
                        .at("/embeddings")
                        .size())
                .isEqualTo(2);
        assertThat(ask("/api/embeddings", "{\"model\":\"starter\",\"prompt\":\"a\"}")
                        .at("/embedding")
                        .size())
                .isEqualTo(256);
    }
}
