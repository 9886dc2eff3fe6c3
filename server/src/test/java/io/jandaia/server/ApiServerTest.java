package io.jandaia.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.EmbedOptions;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.jandaia.model.chat.Message;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The server over real connections, with the model that comes with Jandaia. */
@Timeout(120)
class ApiServerTest {

    /** Long enough to be caught in the middle. */
    private static final String LONG =
            "{\"model\":\"starter\",\"prompt\":\"Once\",\"max_tokens\":450,\"ignore_eos\":true,\"n\":%2$d,\"stream\":%1$s}";

    private static Model starter;
    private static HttpClient client;
    private final List<AccessRecord> log = new CopyOnWriteArrayList<>();
    private final List<ApiServer> servers = new ArrayList<>();

    @BeforeAll
    static void open() {
        starter = Model.open(Path.of("../models/starter"), LoadOptions.DEFAULT);
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterAll
    static void close() {
        client.close();
        starter.close();
    }

    @AfterEach
    void stop() {
        servers.forEach(ApiServer::close);
    }

    private static ServeOptions options() {
        return ServeOptions.DEFAULT.address("127.0.0.1", 0);
    }

    private URI start() {
        return start(options());
    }

    private URI start(ServeOptions options) {
        return start(options, Map.of("starter", starter), Map.of("gpt-4o", "starter"));
    }

    private URI start(ServeOptions options, Map<String, Model> served, Map<String, String> aliases) {
        Models models = new Models(
                served.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, e -> e::getValue)), aliases);
        models.open();
        ApiServer server = ApiServer.start(options, models, log::add);
        servers.add(server);
        return server.uri();
    }

    private record Reply(int status, HttpResponse<String> http) {
        JsonNode json() {
            return JsonMapper.shared().readTree(http.body());
        }

        String header(String name) {
            return http.headers().firstValue(name).orElse("");
        }

        /** The data of a stream of events. */
        List<JsonNode> events() {
            List<JsonNode> events = new ArrayList<>();
            for (String line : http.body().lines().toList()) {
                if (line.startsWith("data: {")) {
                    events.add(JsonMapper.shared().readTree(line.substring(6)));
                }
            }
            return events;
        }
    }

    private static Reply send(HttpRequest.Builder request) throws Exception {
        HttpResponse<String> http = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Reply(http.statusCode(), http);
    }

    private static HttpRequest.Builder to(URI server, String path) {
        return HttpRequest.newBuilder(URI.create(server + path)).timeout(Duration.ofSeconds(60));
    }

    private static Reply get(URI server, String path) throws Exception {
        return send(to(server, path));
    }

    private static Reply post(URI server, String path, String json) throws Exception {
        return send(to(server, path).POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    private static String expectedChat() {
        return starter.chat(
                        List.of(Message.user("Hi")),
                        GenerateOptions.DEFAULT.temperature(0).maxTokens(24),
                        t -> {})
                .text();
    }

    private static final String CHAT =
            "{\"model\":\"starter\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"temperature\":0,\"max_tokens\":24";

    @Test
    void chatAnswersWhatTheModelAnswers() throws Exception {
        Reply r = post(start(), "/v1/chat/completions", CHAT + "}");
        assertThat(r.status()).isEqualTo(200);
        JsonNode json = r.json();
        assertThat(json.at("/object").asString()).isEqualTo("chat.completion");
        assertThat(json.at("/choices/0/message/content").asString()).isEqualTo(expectedChat());
        assertThat(json.at("/choices/0/message/role").asString()).isEqualTo("assistant");
        assertThat(json.at("/choices/0/finish_reason").asString()).isIn("stop", "length");
        assertThat(json.at("/usage/prompt_tokens").asInt())
                .isEqualTo(starter.prompt(List.of(Message.user("Hi"))).length);
        assertThat(json.at("/usage/total_tokens").asInt())
                .isEqualTo(json.at("/usage/prompt_tokens").asInt()
                        + json.at("/usage/completion_tokens").asInt());
        assertThat(r.header("x-request-id")).startsWith("req-");
        assertThat(r.header("x-ignored-params")).isEmpty();
    }

    @Test
    void aStreamSaysTheSame() throws Exception {
        Reply r = post(
                start(),
                "/v1/chat/completions",
                CHAT + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        assertThat(r.header("content-type")).startsWith("text/event-stream");
        assertThat(r.http().body()).endsWith("data: [DONE]\n\n");
        List<JsonNode> events = r.events();
        assertThat(events.getFirst().at("/choices/0/delta/role").asString()).isEqualTo("assistant");
        StringBuilder text = new StringBuilder();
        events.forEach(e -> text.append(e.at("/choices/0/delta/content").asString("")));
        assertThat(text.toString()).isEqualTo(expectedChat());
        JsonNode usage = events.getLast();
        assertThat(usage.at("/choices").isEmpty()).isTrue();
        assertThat(usage.at("/usage/completion_tokens").asInt()).isPositive();
        assertThat(events.get(events.size() - 2).at("/choices/0/finish_reason").asString())
                .isIn("stop", "length");
    }

    @Test
    void severalAnswersWithASeedAreTheSameTwiceAndDiffer() throws Exception {
        URI server = start();
        String body = "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"temperature\":1.5,\"max_tokens\":12,"
                + "\"n\":3,\"seed\":7}";
        JsonNode first = post(server, "/v1/chat/completions", body).json();
        JsonNode second = post(server, "/v1/chat/completions", body).json();
        assertThat(first.at("/choices")).isEqualTo(second.at("/choices"));
        assertThat(first.at("/choices").size()).isEqualTo(3);
        assertThat(first.at("/choices/0/message/content").asString())
                .isNotEqualTo(first.at("/choices/1/message/content").asString());
    }

    @Test
    void logProbabilitiesComeWithEachToken() throws Exception {
        URI server = start();
        JsonNode json = post(
                        server,
                        "/v1/chat/completions",
                        CHAT + ",\"repetition_penalty\":1,\"logprobs\":true,\"top_logprobs\":2}")
                .json();
        JsonNode tokens = json.at("/choices/0/logprobs/content");
        assertThat(tokens.size()).isGreaterThanOrEqualTo(1);
        for (JsonNode t : tokens.values()) {
            assertThat(t.at("/top_logprobs").size()).isEqualTo(2);
            assertThat(t.at("/logprob").asDouble())
                    .isEqualTo(t.at("/top_logprobs/0/logprob").asDouble()); // the likeliest was chosen
        }
        JsonNode completion = post(
                        server,
                        "/v1/completions",
                        "{\"prompt\":\"Once\",\"temperature\":0,\"max_tokens\":4,\"logprobs\":1}")
                .json();
        assertThat(completion.at("/choices/0/logprobs/token_logprobs").size())
                .isEqualTo(completion.at("/usage/completion_tokens").asInt());
    }

    @Test
    void responsesHaveLogProbabilitiesWhenTheyAreAskedFor() throws Exception {
        URI server = start();
        String body = "{\"input\":\"Hi\",\"temperature\":0,\"repetition_penalty\":1,\"max_output_tokens\":12,"
                + "\"include\":[\"message.output_text.logprobs\"],\"top_logprobs\":2%s}";
        Reply whole = post(server, "/v1/responses", String.format(body, ""));
        JsonNode part = whole.json().at("/output/0/content/0");
        StringBuilder text = new StringBuilder();
        for (JsonNode t : part.path("logprobs")) {
            text.append(t.path("token").stringValue());
            assertThat(t.at("/top_logprobs").size()).isEqualTo(2);
            assertThat(t.at("/logprob").doubleValue())
                    .isEqualTo(t.at("/top_logprobs/0/logprob").doubleValue());
        }
        assertThat(text.toString()).isNotEmpty().isEqualTo(part.path("text").stringValue());
        assertThat(whole.header("x-ignored-params")).isEmpty();
        List<JsonNode> pieces = new ArrayList<>();
        for (JsonNode e : post(server, "/v1/responses", String.format(body, ",\"stream\":true"))
                .events()) {
            if (e.path("type").stringValue().equals("response.output_text.delta")) {
                e.path("logprobs").forEach(pieces::add);
            } else if (e.path("type").stringValue().equals("response.output_text.done")) {
                assertThat(e.path("logprobs")).isEqualTo(part.path("logprobs"));
            }
        }
        assertThat(JsonMapper.shared().<JsonNode>valueToTree(pieces)).isEqualTo(part.path("logprobs"));
        Reply other = post(
                server,
                "/v1/responses",
                "{\"input\":\"Hi\",\"max_output_tokens\":2,\"include\":[\"reasoning.encrypted_content\"]}");
        assertThat(other.header("x-ignored-params")).isEqualTo("include");
        assertThat(other.json().at("/output/0/content/0/logprobs").isEmpty()).isTrue();
    }

    @Test
    void tokensThatAreOnlyReadCountToo() throws Exception {
        URI server = start();
        JsonNode json = post(
                        server,
                        "/v1/completions",
                        "{\"prompt\":\"Once upon a time\",\"echo\":true,\"logprobs\":0,\"max_tokens\":0}")
                .json();
        int read = json.at("/usage/prompt_tokens").intValue();
        assertThat(get(server, "/metrics")
                        .http()
                        .body()
                        .lines()
                        .filter(l -> l.startsWith("gen_ai_client_token_usage_total") && l.contains("input"))
                        .mapToDouble(l -> Double.parseDouble(l.substring(l.lastIndexOf(' ') + 1)))
                        .sum())
                .isEqualTo(read)
                .isPositive();
    }

    @Test
    void furtherNamesAreListedToo() throws Exception {
        URI server = start();
        JsonNode list = get(server, "/v1/models").json();
        assertThat(list.at("/data").size()).isEqualTo(2);
        assertThat(list.at("/data/1/id").stringValue()).isEqualTo("gpt-4o");
        assertThat(list.at("/data/1/alias_of").stringValue()).isEqualTo("starter");
        assertThat(get(server, "/v1/models/gpt-4o").json()).isEqualTo(list.at("/data/1"));
        assertThat(get(server, "/v1/models/starter").json()).isEqualTo(list.at("/data/0"));
    }

    @Test
    void aLimitOfMinusOneIsNone() throws Exception {
        URI server = start();
        String body = "{\"prompt\":\"Once\",\"temperature\":0,\"ignore_eos\":true%s}";
        JsonNode none = post(server, "/v1/completions", String.format(body, ",\"max_tokens\":-1"))
                .json();
        assertThat(none.at("/usage/completion_tokens").intValue())
                .as("as many as the model's own settings say")
                .isGreaterThan(100);
        JsonNode usual =
                post(server, "/v1/completions", String.format(body, "")).json();
        assertThat(usual.at("/usage/completion_tokens").intValue()).isEqualTo(16);
    }

    @Test
    void completionsTakeTextsAndTokens() throws Exception {
        URI server = start();
        JsonNode text = post(
                        server,
                        "/v1/completions",
                        "{\"prompt\":[\"Once upon\",\"The cat\"],\"temperature\":0,\"max_tokens\":6,\"echo\":true}")
                .json();
        assertThat(text.at("/choices").size()).isEqualTo(2);
        assertThat(text.at("/choices/0/text").asString()).startsWith("Once upon");
        assertThat(text.at("/choices/1/text").asString()).startsWith("The cat");
        String ids = JsonMapper.shared()
                .valueToTree(starter.sourceTokens("The cat").ids())
                .toString();
        JsonNode tokens = post(server, "/completions", "{\"prompt\":" + ids + ",\"temperature\":0,\"max_tokens\":6}")
                .json();
        assertThat("The cat" + tokens.at("/choices/0/text").asString())
                .isEqualTo(text.at("/choices/1/text").asString());
    }

    @Test
    void fieldsWithoutEffectAreNamedOrRefused() throws Exception {
        String body = CHAT + ",\"user\":\"me\",\"store\":true,\"metadata\":null}";
        Reply r = post(start(), "/v1/chat/completions", body);
        assertThat(r.status()).isEqualTo(200);
        assertThat(r.header("x-ignored-params")).isEqualTo("user, store");
        Reply strict = post(start(options().strict(true)), "/v1/chat/completions", body);
        assertThat(strict.status()).isEqualTo(400);
        assertThat(strict.json().at("/error/param").asString()).isEqualTo("user");
    }

    @Test
    void wrongRequestsAreToldWhatIsWrong() throws Exception {
        URI server = start();
        record Wrong(String path, String body, int status, String code, String says) {}
        List<Wrong> all = List.of(
                new Wrong("/v1/chat/completions", "{", 400, "invalid_json", "no JSON"),
                new Wrong("/v1/chat/completions", "[]", 400, "invalid_json", "JSON object"),
                new Wrong("/v1/chat/completions", "{}", 400, "invalid_value", "messages"),
                new Wrong("/v1/chat/completions", CHAT + ",\"temperature\":1}", 400, "invalid_json", "temperature"),
                new Wrong("/v1/chat/completions", CHAT + ",\"min_p\":\"hot\"}", 400, "invalid_value", "a number"),
                new Wrong("/v1/chat/completions", CHAT + ",\"top_p\":7}", 400, "invalid_value", "top-p"),
                new Wrong("/v1/chat/completions", CHAT + ",\"n\":100000}", 400, "invalid_value", "from 1 to 128"),
                new Wrong(
                        "/v1/chat/completions",
                        CHAT + ",\"functions\":[{}]}",
                        400,
                        "unsupported_parameter",
                        "tool calls"),
                new Wrong(
                        "/v1/chat/completions",
                        CHAT
                                + ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"not\":{}}}}}",
                        400,
                        "unsupported",
                        "'not'"),
                new Wrong(
                        "/v1/chat/completions",
                        CHAT + ",\"regex\":\"a\",\"choice\":[\"a\"]}",
                        400,
                        "invalid_value",
                        "expected one"),
                new Wrong(
                        "/v1/chat/completions",
                        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]}",
                        400,
                        "unsupported_parameter",
                        "text only"),
                new Wrong("/v1/chat/completions", "{\"model\":\"gpt-5\"}", 404, "model_not_found", "starter"),
                new Wrong("/v1/completions", "{\"prompt\":[99999999]}", 400, "invalid_value", "99999999"),
                new Wrong("/v1/completions", "{\"prompt\":{}}", 400, "invalid_value", "token ids"),
                new Wrong("/v1/rerank", "{\"query\":\"a\",\"documents\":[\"b\"]}", 400, "unsupported", "rerank"),
                new Wrong("/nowhere", "{}", 404, "unknown_url", "/nowhere"));
        for (Wrong w : all) {
            Reply r = post(server, w.path, w.body);
            assertThat(r.status()).as(w.body).isEqualTo(w.status);
            if (!w.path.equals("/v1/rerank")) {
                assertThat(r.json().at("/error/code").asString()).as(w.body).isEqualTo(w.code);
                assertThat(r.json().at("/error/message").asString()).as(w.body).contains(w.says);
            }
        }
        assertThat(get(server, "/v1/chat/completions").status()).isEqualTo(405);
    }

    @Test
    void whatRequestsBeginWithIsComputedOnce() throws Exception {
        URI server = start();
        String body =
                "{\"model\":\"starter\",\"max_tokens\":8,\"temperature\":0,\"messages\":[{\"role\":\"user\",\"content\":"
                        + "\"Tell me of the bird that was never asked for before.\"}]%s}";
        Reply first = post(server, "/v1/chat/completions", String.format(body, ""));
        Reply second = post(server, "/v1/chat/completions", String.format(body, ""));
        assertThat(second.json().at("/choices")).isEqualTo(first.json().at("/choices"));
        assertThat(second.json()
                        .at("/usage/prompt_tokens_details/cached_tokens")
                        .intValue())
                .isEqualTo(second.json().at("/usage/prompt_tokens").intValue() - 1);
        assertThat(second.json().at("/usage/prompt_tokens_details/cache").stringValue())
                .isEqualTo("reused");
        Reply off = post(server, "/v1/chat/completions", String.format(body, ",\"cache_prompt\":false"));
        assertThat(off.json().at("/choices")).isEqualTo(first.json().at("/choices"));
        assertThat(off.json().at("/usage/prompt_tokens_details/cached_tokens").intValue())
                .isZero();
        assertThat(off.json().at("/usage/prompt_tokens_details/cache").stringValue())
                .isEqualTo("switched_off");
        Reply salted = post(server, "/v1/chat/completions", String.format(body, ",\"cache_salt\":\"x\""));
        assertThat(salted.json().at("/usage/prompt_tokens_details/cache").stringValue())
                .isEqualTo("nothing_alike_is_known");
    }

    @Test
    void anAnswerThatIsLateIsAnError() throws Exception {
        URI server = start();
        Reply late = send(to(server, "/v1/completions")
                .header("X-Request-Timeout", "0.1")
                .POST(HttpRequest.BodyPublishers.ofString(String.format(LONG, false, 8))));
        assertThat(late.status()).isEqualTo(504);
        assertThat(late.json().at("/error/code").stringValue()).isEqualTo("deadline_exceeded");
        Reply streamed = send(to(server, "/v1/completions")
                .header("X-Request-Timeout", "0.1")
                .POST(HttpRequest.BodyPublishers.ofString(String.format(LONG, true, 8))));
        assertThat(streamed.events().getLast().at("/error/code").stringValue()).isEqualTo("deadline_exceeded");
        Reply wrong = send(to(server, "/v1/completions")
                .header("X-Request-Timeout", "soon")
                .POST(HttpRequest.BodyPublishers.ofString(String.format(LONG, false, 1))));
        assertThat(wrong.status()).isEqualTo(400);
    }

    @Test
    void answersAreWhatTheRequestSaysTheyMustBe() throws Exception {
        URI server = start();
        String begin =
                "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":60,\"temperature\":1,\"seed\":3,";
        String schema = "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"]}";
        record Case(String field, String pattern) {}
        for (Case c : List.of(
                new Case("\"response_format\":{\"type\":\"json_object\"}", "(?s)\\{.*\\}"),
                new Case(
                        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"strict\":true,\"schema\":"
                                + schema + "}}",
                        "\\{\\s*\"n\":\\s*-?\\d+\\s*\\}"),
                new Case("\"structured_outputs\":{\"regex\":\"[0-9]{3}-[a-z]{2}\"}", "[0-9]{3}-[a-z]{2}"),
                new Case("\"guided_choice\":[\"positive\",\"negative\"]", "positive|negative"),
                new Case("\"grammar\":\"root ::= \\\"yes\\\" | \\\"no\\\"\"", "yes|no"),
                new Case("\"json_schema\":" + schema, "\\{\\s*\"n\":\\s*-?\\d+\\s*\\}"))) {
            Reply r = post(server, "/v1/chat/completions", begin + c.field + "}");
            assertThat(r.status()).as(c.field).isEqualTo(200);
            assertThat(r.json().at("/choices/0/message/content").asString()).matches(c.pattern);
            assertThat(r.json().at("/choices/0/finish_reason").asString()).isEqualTo("stop");
            assertThat(r.header("x-ignored-params")).isEmpty();
        }
        Reply few = post(server, "/v1/completions", "{\"prompt\":\"a\",\"max_tokens\":2,\"regex\":\"[0-9]{30}\"}");
        assertThat(few.status()).isEqualTo(400);
        assertThat(few.json().at("/error/message").asString()).contains("does not fit into 2 tokens");
    }

    @Test
    void aSchemaThatIsNotStrictIsReadToTheLetter() throws Exception {
        URI server = start();
        // of objects only, as it is usually meant; else whatever is no object fits both
        String schema = "\"schema\":{\"oneOf\":[{\"required\":[\"k\"],\"properties\":{\"k\":{\"const\":1}}},"
                + "{\"required\":[\"k\"],\"properties\":{\"k\":{\"const\":2}}}]}";
        String chat = "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":60,"
                + "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",%s%s}}}";
        String response = "{\"input\":\"Hi\",\"max_output_tokens\":60,"
                + "\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"x\",%s%s}}}";
        for (Map.Entry<String, String> e :
                Map.of("/v1/chat/completions", chat, "/v1/responses", response).entrySet()) {
            Reply usual = post(server, e.getKey(), String.format(e.getValue(), "", schema));
            assertThat(usual.status()).as(e.getKey()).isEqualTo(200);
            Reply complete = post(server, e.getKey(), String.format(e.getValue(), "\"strict\":false,", schema));
            assertThat(complete.status()).as(e.getKey()).isEqualTo(400);
            assertThat(complete.json().at("/error/message").asString()).contains("'oneOf'");
        }
    }

    @Test
    void modelsAreListedAndFoundByAlias() throws Exception {
        URI server = start(options(), Map.of("org/name", starter), Map.of("gpt-4o", "org/name"));
        assertThat(get(server, "/v1/models").json().at("/data/0/id").asString()).isEqualTo("org/name");
        assertThat(get(server, "/v1/models/org/name").json().at("/id").asString())
                .isEqualTo("org/name");
        assertThat(get(server, "/v1/models/org%2Fname").json().at("/id").asString())
                .isEqualTo("org/name");
        assertThat(get(server, "/v1/models/gpt-4o").json().at("/alias_of").asString())
                .isEqualTo("org/name");
        assertThat(get(server, "/v1/models/other").status()).isEqualTo(404);
    }

    @Test
    void tokensGoThereAndBack() throws Exception {
        URI server = start();
        JsonNode tokens =
                post(server, "/tokenize", "{\"content\":\"Hello world\"}").json();
        assertThat(tokens.at("/count").asInt()).isEqualTo(tokens.at("/tokens").size());
        String text = post(server, "/detokenize", "{\"tokens\":" + tokens.at("/tokens") + "}")
                .json()
                .at("/content")
                .asString();
        assertThat(text).contains("Hello world");
        assertThat(post(server, "/detokenize", "{\"tokens\":[-1]}").status()).isEqualTo(400);
        String prompt = post(server, "/apply-template", "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}")
                .json()
                .at("/prompt")
                .asString();
        assertThat(starter.tokenizer().encode(prompt).ids()).isNotEmpty();
        assertThat(prompt).contains("Hi");
    }

    @Test
    void embeddingsAreThoseOfTheModel() throws Exception {
        URI server = start();
        float[] expected = starter.embed(List.of("The cat"), EmbedOptions.DEFAULT)
                .vectors()
                .getFirst();
        JsonNode floats = post(server, "/v1/embeddings", "{\"input\":[\"The cat\",\"A dog\"]}")
                .json();
        assertThat(floats.at("/data").size()).isEqualTo(2);
        assertThat(floats.at("/data/0/embedding").size()).isEqualTo(expected.length);
        assertThat((float) floats.at("/data/0/embedding/0").asDouble()).isEqualTo(expected[0]);
        JsonNode packed = post(server, "/v1/embeddings", "{\"input\":\"The cat\",\"encoding_format\":\"base64\"}")
                .json();
        byte[] bytes = Base64.getDecoder().decode(packed.at("/data/0/embedding").asString());
        assertThat(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getFloat())
                .isEqualTo(expected[0]);
    }

    @Test
    void aKeyIsNeededWhereOneIsSet() throws Exception {
        URI server = start(options().access("secret", false));
        assertThat(get(server, "/v1/models").status()).isEqualTo(401);
        assertThat(send(to(server, "/v1/models").header("Authorization", "Bearer wrong"))
                        .status())
                .isEqualTo(401);
        assertThat(send(to(server, "/v1/models").header("Authorization", "Bearer secret"))
                        .status())
                .isEqualTo(200);
        assertThat(send(to(server, "/v1/models").header("x-api-key", "secret")).status())
                .isEqualTo(200);
        assertThat(get(server, "/health/ready").status()).isEqualTo(200);
    }

    @Test
    void othersReachItOnlyWithAKey() {
        assertThatThrownBy(() -> start(options().address("0.0.0.0", 0)))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("--insecure");
        start(options().address("0.0.0.0", 0).access("k", false));
        start(options().address("0.0.0.0", 0).access(null, true));
    }

    @Test
    void pagesOfOthersAreRefused() throws Exception {
        URI server = start();
        assertThat(raw(server, "GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403")
                .contains("host_not_allowed");
        Reply r = send(to(server, "/v1/models").header("Origin", "https://evil.example"));
        assertThat(r.status()).isEqualTo(403);
        assertThat(r.header("access-control-allow-origin")).isEmpty();
        URI open = start(options().callers(Set.of("https://good.example"), Set.of()));
        Reply allowed = send(to(open, "/v1/models").header("Origin", "https://good.example"));
        assertThat(allowed.status()).isEqualTo(200);
        assertThat(allowed.header("access-control-allow-origin")).isEqualTo("https://good.example");
    }

    private static String raw(URI server, String request) throws IOException {
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void bodiesAndHeadersAreBounded() throws Exception {
        URI server = start(options().limits(new ServeOptions.Limits(4, 1 << 20, 1000)));
        Reply r = post(server, "/v1/completions", "{\"prompt\":\"" + "a".repeat(2000) + "\"}");
        assertThat(r.status()).isEqualTo(413);
        String header = "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "a".repeat(100_000) + "\r\n\r\n";
        assertThat(raw(server, header)).startsWith("HTTP/1.1 431");
    }

    private static void write(Socket socket, String path, String body) throws IOException {
        OutputStream out = socket.getOutputStream();
        String head = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n";
        out.write((head + body).getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private AccessRecord logged(String path) throws InterruptedException {
        while (true) {
            for (AccessRecord r : log) {
                if (r.path().equals(path)) {
                    return r;
                }
            }
            Thread.sleep(5);
        }
    }

    @Test
    void workEndsWithItsClient() throws Exception {
        URI server = start();
        for (String stream : List.of("false", "true")) {
            log.clear();
            Socket socket = new Socket(server.getHost(), server.getPort());
            write(socket, "/v1/completions", LONG.formatted(stream, 20));
            if (stream.equals("true")) {
                InputStream in = socket.getInputStream();
                assertThat(in.read()).isPositive();
            } else {
                Thread.sleep(50);
            }
            socket.close();
            assertThat(logged("/v1/completions").status())
                    .as("stream " + stream)
                    .isIn(499, 503, 200);
        }
    }

    @Test
    void oneTooManyIsToldToComeBack() throws Exception {
        URI server = start(options().limits(new ServeOptions.Limits(1, 1 << 20, 1 << 20)));
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            write(socket, "/v1/completions", LONG.formatted("true", 20));
            assertThat(socket.getInputStream().read()).isPositive(); // it is inside
            Reply r = post(server, "/v1/completions", "{\"prompt\":\"a\"}");
            assertThat(r.status()).isEqualTo(429);
            assertThat(r.header("retry-after")).isEqualTo("1");
        }
    }

    @Test
    void drainingLetsWorkEndAndNothingIn() throws Exception {
        URI uri = start();
        ApiServer server = servers.getLast();
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            write(socket, "/v1/completions", LONG.formatted("true", 1));
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            assertThat(in.readLine()).startsWith("HTTP/1.1 200");
            CompletableFuture<Integer> cut = CompletableFuture.supplyAsync(() -> server.drain(Duration.ofMillis(40)));
            while (get(uri, "/health/ready").status() != 503) {
                Thread.sleep(1);
            }
            assertThat(post(uri, "/v1/completions", "{\"prompt\":\"a\"}").status())
                    .isEqualTo(503);
            StringBuilder rest = new StringBuilder();
            for (String line; (line = in.readLine()) != null && !line.equals("0"); ) {
                rest.append(line).append('\n');
            }
            int n = cut.get();
            server.close();
            assertThat(n).isBetween(0, 1);
            assertThat(rest.toString()).contains(n == 0 ? "[DONE]" : "\"code\":\"cancelled\"");
        }
    }

    @Test
    void anEndTellsStreamsThatItCuts() throws Exception {
        URI uri = start();
        ApiServer server = servers.getLast();
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            write(socket, "/v1/completions", LONG.formatted("true", 40));
            assertThat(socket.getInputStream().read()).isPositive();
            assertThat(server.drain(Duration.ofMillis(1))).isEqualTo(1);
            server.close();
            String rest = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(rest).contains("\"code\":\"cancelled\"").doesNotContain("[DONE]");
        }
    }

    @Test
    void requestsThatComeWhileModelsLoadAreToldToWait() throws Exception {
        Models models = new Models(Map.of("starter", () -> starter), Map.of());
        ApiServer server = ApiServer.start(options(), models, log::add);
        servers.add(server);
        Reply r = post(server.uri(), "/v1/completions", "{\"prompt\":\"a\"}");
        assertThat(r.status()).isEqualTo(503);
        assertThat(r.json().at("/error/code").asString()).isEqualTo("model_loading");
        assertThat(get(server.uri(), "/health/ready").status()).isEqualTo(503);
        assertThat(get(server.uri(), "/health/live").status()).isEqualTo(200);
        models.open();
        assertThat(get(server.uri(), "/health/ready").status()).isEqualTo(200);
    }

    @Test
    void metricsCountTokensRequestsAndTimes() throws Exception {
        URI server = start();
        JsonNode usage = post(server, "/v1/chat/completions", CHAT + "}").json().at("/usage");
        post(server, "/v1/chat/completions", "{}");
        Reply r = get(server, "/metrics");
        while (!r.http().body().contains("status=\"400\"")
                || !r.http().body().contains("progress 0.0")) { // counted just after the answer is sent
            r = get(server, "/metrics");
        }
        assertThat(r.header("content-type")).startsWith("text/plain");
        String model = "gen_ai_request_model=\"starter\"";
        assertThat(r.http().body())
                .contains("gen_ai_client_token_usage_total{" + model + ",gen_ai_token_type=\"input\"} "
                        + usage.at("/prompt_tokens").asInt() + ".0\n")
                .contains("gen_ai_client_token_usage_total{" + model + ",gen_ai_token_type=\"output\"} "
                        + usage.at("/completion_tokens").asInt() + ".0\n")
                .contains("gen_ai_server_time_to_first_token_seconds_count{" + model + "} 1\n")
                .contains("jandaia_http_requests_total{status=\"200\"} ")
                .contains("jandaia_http_requests_total{status=\"400\"} 1.0\n")
                .contains("jandaia_requests_in_progress 0.0\n");
    }

    @Test
    void aSilentStreamHasComments() throws Exception {
        URI server = start(options().keepAlive(Duration.ofNanos(50_000)));
        Reply r = post(server, "/v1/completions", LONG.formatted("true", 1));
        assertThat(r.http().body()).contains(": still working\n\n").endsWith("data: [DONE]\n\n");
    }

    @Test
    void manyAtOnceGetWhatEachWouldGetAlone() throws Exception {
        URI server = start();
        String body = "{\"prompt\":\"Once upon %d\",\"temperature\":0.9,\"seed\":%d,\"max_tokens\":20}";
        List<String> alone = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            alone.add(post(server, "/v1/completions", body.formatted(i, i))
                    .json()
                    .at("/choices/0/text")
                    .asString());
        }
        List<CompletableFuture<HttpResponse<String>>> together = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            together.add(client.sendAsync(
                    to(server, "/v1/completions")
                            .POST(HttpRequest.BodyPublishers.ofString(body.formatted(i, i)))
                            .build(),
                    HttpResponse.BodyHandlers.ofString()));
        }
        for (int i = 0; i < 12; i++) {
            JsonNode json = JsonMapper.shared().readTree(together.get(i).get().body());
            assertThat(json.at("/choices/0/text").asString()).isEqualTo(alone.get(i));
        }
    }
}
