package io.jandaia.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Calls of tools and reasoning over HTTP, in each API; the model writes nonsense, which the grammar holds in form. */
@Timeout(120)
class ToolsTest {

    private static final String PARAMETERS = "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\","
            + "\"maxLength\":12},\"days\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9}},\"required\":[\"city\"],"
            + "\"additionalProperties\":false}";
    private static final String TOOLS =
            "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":" + PARAMETERS
                    + "}},{\"type\":\"function\",\"function\":{\"name\":\"now\"}}]";
    private static final String CHAT =
            "\"messages\":[{\"role\":\"user\",\"content\":\"Weather?\"}],\"temperature\":1.5,\"max_tokens\":80";

    private static final List<Model> MODELS = new ArrayList<>();
    private static ApiServer server;
    private static HttpClient client;

    @BeforeAll
    static void start() {
        Path starter = Path.of("../models/starter");
        Map<String, Model> named = new TreeMap<>();
        named.put("plain", Model.open(starter, LoadOptions.DEFAULT));
        for (String template : List.of("tools", "thinks")) {
            named.put(
                    template,
                    Model.open(
                            starter,
                            LoadOptions.DEFAULT.template("src/test/resources/templates/" + template + ".jinja")));
        }
        MODELS.addAll(named.values());
        Map<String, java.util.function.Supplier<Model>> sources = new TreeMap<>();
        named.forEach((name, model) -> sources.put(name, () -> model));
        Models models = new Models(sources, Map.of());
        models.open();
        server = ApiServer.start(ServeOptions.DEFAULT.address("127.0.0.1", 0), models, r -> {});
        client = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        server.close();
        client.close();
        MODELS.forEach(Model::close);
    }

    private static String post(String path, String body) throws Exception {
        HttpResponse<String> r = client.send(
                HttpRequest.newBuilder(URI.create(server.uri() + path))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        return r.body();
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    private static JsonNode chat(String model, String more) throws Exception {
        return json(post("/v1/chat/completions", "{\"model\":\"" + model + "\"," + CHAT + "," + more + "}"));
    }

    private static void check(JsonNode call) {
        JsonNode arguments = json(call.at("/function/arguments").stringValue());
        assertThat(arguments.isObject()).isTrue();
        if (call.at("/function/name").stringValue().equals("weather")) {
            assertThat(arguments.get("city").stringValue()).hasSizeLessThanOrEqualTo(24);
            assertThat(arguments.has("days") ? arguments.get("days").intValue() : 1)
                    .isBetween(1, 9);
        } else {
            assertThat(call.at("/function/name").stringValue()).isEqualTo("now");
            assertThat(arguments.isEmpty()).isTrue();
        }
        assertThat(call.get("id").stringValue()).isNotEmpty();
    }

    @Test
    void aCallThatIsRequiredComesWithArgumentsThatFit() throws Exception {
        int most = 0;
        for (int seed = 0; seed < 20; seed++) {
            JsonNode answer = chat(
                    "tools",
                    TOOLS + ",\"tool_choice\":\"required\",\"seed\":" + seed
                            + (seed > 15 ? ",\"ignore_eos\":true,\"max_completion_tokens\":200" : ""));
            JsonNode message = answer.at("/choices/0/message");
            assertThat(answer.at("/choices/0/finish_reason").asString(""))
                    .as("%s", answer)
                    .isEqualTo("tool_calls");
            assertThat(message.get("content").isNull()).isTrue();
            assertThat(message.get("tool_calls").size()).isPositive();
            message.get("tool_calls").forEach(ToolsTest::check);
            most = Math.max(most, message.get("tool_calls").size());
        }
        assertThat(most).as("several calls in one answer").isGreaterThan(1);
    }

    @Test
    void oneThatIsNamedIsTheOnlyOne() throws Exception {
        for (int seed = 0; seed < 5; seed++) {
            JsonNode answer = chat(
                    "tools",
                    TOOLS + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"weather\"}},\"seed\":"
                            + seed);
            JsonNode calls = answer.at("/choices/0/message/tool_calls");
            assertThat(calls.size()).isEqualTo(1);
            assertThat(calls.at("/0/function/name").stringValue()).isEqualTo("weather");
            check(calls.get(0));
        }
    }

    @Test
    void aStreamHasTheSamePieces() throws Exception {
        for (int seed = 0; seed < 6; seed++) {
            String more = TOOLS + ",\"tool_choice\":\"" + (seed % 2 == 0 ? "required" : "auto") + "\",\"seed\":" + seed;
            JsonNode whole = chat("tools", more).at("/choices/0");
            String stream =
                    post("/v1/chat/completions", "{\"model\":\"tools\",\"stream\":true," + CHAT + "," + more + "}");
            StringBuilder content = new StringBuilder();
            List<ObjectNode> calls = new ArrayList<>();
            String reason = "";
            for (String line : stream.lines().toList()) {
                if (!line.startsWith("data: {")) {
                    continue;
                }
                JsonNode choice = json(line.substring(6)).at("/choices/0");
                content.append(choice.at("/delta/content").asString(""));
                for (JsonNode c : choice.at("/delta/tool_calls")) {
                    int index = c.get("index").intValue();
                    if (index == calls.size()) {
                        calls.add((ObjectNode) c);
                        ((ObjectNode) c).remove("index");
                        continue;
                    }
                    ObjectNode function = (ObjectNode) calls.get(index).get("function");
                    function.put(
                            "arguments",
                            function.get("arguments").stringValue()
                                    + c.at("/function/arguments").stringValue());
                }
                if (choice.get("finish_reason").isString()) {
                    reason = choice.get("finish_reason").stringValue();
                }
            }
            assertThat(reason).isEqualTo(whole.get("finish_reason").stringValue());
            assertThat(content.toString())
                    .isEqualTo(whole.at("/message/content").asString(""));
            assertThat(calls).hasSize(whole.at("/message/tool_calls").size());
            for (int i = 0; i < calls.size(); i++) {
                assertThat(calls.get(i).get("function"))
                        .isEqualTo(whole.at("/message/tool_calls").get(i).get("function"));
            }
        }
    }

    @Test
    void toolsThatMayNotBeCalledAreNotInThePrompt() throws Exception {
        JsonNode none = chat("tools", TOOLS + ",\"tool_choice\":\"none\",\"seed\":1");
        JsonNode without = chat("tools", "\"seed\":1");
        assertThat(none.at("/usage/prompt_tokens")).isEqualTo(without.at("/usage/prompt_tokens"));
        assertThat(none.at("/choices/0/message")).isEqualTo(without.at("/choices/0/message"));
        assertThat(chat("tools", TOOLS).at("/usage/prompt_tokens").intValue())
                .isGreaterThan(without.at("/usage/prompt_tokens").intValue());
    }

    @Test
    void whatCannotBeIsSaid() throws Exception {
        assertThat(chat("plain", TOOLS).at("/error/message").stringValue())
                .contains("does not show how it writes calls");
        assertThat(chat("tools", TOOLS + ",\"tool_choice\":\"maybe\"")
                        .at("/error/param")
                        .stringValue())
                .isEqualTo("tool_choice");
        assertThat(chat("tools", "\"tool_choice\":\"required\"")
                        .at("/error/message")
                        .stringValue())
                .contains("no tools");
        for (String calls : List.of("5", "\"x\"", "[5]", "[{\"function\":7}]", "[{\"function\":{\"name\":1}}]", "{}")) {
            JsonNode wrong = json(post(
                    "/v1/chat/completions",
                    "{\"model\":\"tools\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"tool_calls\":"
                            + calls + "}]}"));
            assertThat(wrong.at("/error/param").asString("")).as(calls).isEqualTo("messages[1].tool_calls");
        }
        String strict = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":true,\"parameters\":"
                + "{\"type\":\"object\",\"not\":{}}}}],\"tool_choice\":\"required\"";
        assertThat(chat("tools", strict).at("/error/message").stringValue())
                .contains("'f'")
                .contains("'not'");
        JsonNode loose = chat("tools", strict.replace("true", "false"));
        check(((ObjectNode) loose.at("/choices/0/message/tool_calls/0"))
                .set("function", Exchange.object().put("name", "now").put("arguments", "{}")));
        assertThat(chat("tools", TOOLS + ",\"tool_choice\":\"required\",\"max_completion_tokens\":3")
                        .at("/error/message")
                        .stringValue())
                .contains("does not fit into 3 tokens");
    }

    @Test
    void reasoningIsApartAndHasItsLimit() throws Exception {
        JsonNode free = chat("thinks", "\"seed\":3");
        assertThat(free.at("/choices/0/message/content").stringValue()).isEmpty(); // it never ends to think
        assertThat(free.at("/choices/0/message/reasoning").stringValue()).isNotBlank();
        JsonNode limited = chat("thinks", "\"seed\":3,\"thinking_token_budget\":7");
        String reasoning = limited.at("/choices/0/message/reasoning_content").stringValue();
        assertThat(limited.at("/choices/0/message/content").stringValue())
                .isNotBlank()
                .doesNotContain("think>");
        assertThat(free.at("/choices/0/message/reasoning").stringValue()).startsWith(reasoning);
        assertThat(limited.at("/usage/completion_tokens_details/reasoning_tokens")
                        .intValue())
                .isBetween(1, 9);
        JsonNode none = chat("thinks", "\"seed\":3,\"reasoning_effort\":\"none\"");
        assertThat(none.at("/choices/0/message").has("reasoning")).isFalse();
        assertThat(none.at("/choices/0/message/content").stringValue()).isNotBlank();
        JsonNode form = chat(
                "thinks",
                "\"seed\":3,\"thinking_token_budget\":9,\"json_schema\":{\"type\":\"object\",\"properties\":"
                        + "{\"a\":{\"type\":\"integer\"}},\"required\":[\"a\"]}");
        assertThat(json(form.at("/choices/0/message/content").stringValue())
                        .get("a")
                        .isIntegralNumber())
                .isTrue();
        assertThat(form.at("/choices/0/message/reasoning").stringValue()).isNotBlank();
    }

    @Test
    void anthropicMessagesHaveBlocks() throws Exception {
        String tools = "\"tools\":[{\"name\":\"weather\",\"input_schema\":" + PARAMETERS + "}]";
        String body = "{\"model\":\"tools\",\"max_tokens\":80,\"temperature\":1.5,\"seed\":5," + tools
                + ",\"tool_choice\":{\"type\":\"any\"},\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},"
                + "{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"I look.\"},{\"type\":\"tool_use\","
                + "\"id\":\"t1\",\"name\":\"weather\",\"input\":{\"city\":\"Recife\"}}]},{\"role\":\"user\",\"content\":"
                + "[{\"type\":\"tool_result\",\"tool_use_id\":\"t1\",\"content\":\"30 C\"},{\"type\":\"text\","
                + "\"text\":\"And Natal?\"}]}]";
        JsonNode answer = json(post("/v1/messages", body + "}"));
        assertThat(answer.get("stop_reason").stringValue()).isEqualTo("tool_use");
        JsonNode use = answer.get("content").get(0);
        assertThat(use.get("type").stringValue()).isEqualTo("tool_use");
        assertThat(use.at("/input/city").isString()).isTrue();

        String stream = post("/v1/messages", body + ",\"stream\":true}");
        List<String> types = new ArrayList<>();
        StringBuilder input = new StringBuilder();
        for (String line : stream.lines().toList()) {
            if (line.startsWith("data: ")) {
                JsonNode event = json(line.substring(6));
                String type = event.get("type").stringValue();
                if (types.isEmpty() || !types.getLast().equals(type)) {
                    types.add(type);
                }
                if (event.at("/index").asInt(0) == 0) {
                    input.append(event.at("/delta/partial_json").asString(""));
                }
            }
        }
        assertThat(types)
                .startsWith("message_start", "content_block_start", "content_block_delta", "content_block_stop")
                .endsWith("content_block_stop", "message_delta", "message_stop");
        assertThat(json(input.toString())).isEqualTo(use.get("input"));

        JsonNode thinks = json(post(
                "/v1/messages",
                "{\"model\":\"thinks\",\"max_tokens\":40,\"seed\":1,\"ignore_eos\":true,\"temperature\":1,\"thinking\":{\"type\":\"enabled\","
                        + "\"budget_tokens\":6},\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"));
        assertThat(thinks.at("/content/0/type").stringValue()).isEqualTo("thinking");
        assertThat(thinks.at("/content/1/type").stringValue()).isEqualTo("text");
    }

    @Test
    void ollamaSendsCallsWhole() throws Exception {
        String body = "{\"model\":\"tools\",\"options\":{\"temperature\":1.5,\"num_predict\":60,\"seed\":%d}," + TOOLS
                + ",\"tool_choice\":\"required\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":%s}";
        JsonNode whole = json(post("/api/chat", String.format(body, 4, "false")));
        assertThat(whole.at("/message/tool_calls/0/function/arguments").isObject())
                .isTrue();
        List<JsonNode> lines = post("/api/chat", String.format(body, 4, "true"))
                .lines()
                .map(ToolsTest::json)
                .toList();
        JsonNode calls = lines.get(lines.size() - 2).at("/message/tool_calls");
        assertThat(calls.at("/0/function")).isEqualTo(whole.at("/message/tool_calls/0/function"));
        assertThat(lines.getLast().get("done").booleanValue()).isTrue();
        JsonNode think = json(post(
                "/api/chat",
                "{\"model\":\"thinks\",\"think\":true,\"stream\":false,\"options\":{\"num_predict\":10,\"seed\":2},"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"));
        assertThat(think.at("/message/thinking").stringValue()).isNotBlank();
        assertThat(think.at("/message/content").stringValue()).isEmpty();
    }

    private static List<JsonNode> events(String stream) {
        return stream.lines()
                .filter(l -> l.startsWith("data: {"))
                .map(l -> json(l.substring(6)))
                .toList();
    }

    @Test
    void responsesAreItems() throws Exception {
        String tools = "\"tools\":[{\"type\":\"function\",\"name\":\"weather\",\"parameters\":" + PARAMETERS + "}]";
        String begin = "{\"model\":\"tools\",\"temperature\":1.5,\"seed\":5,\"max_output_tokens\":120,"
                + "\"instructions\":\"Be brief.\"," + tools + ",\"tool_choice\":\"required\",\"input\":";
        JsonNode first = json(post("/v1/responses", begin + "\"Weather?\"}"));
        assertThat(first.get("status").stringValue()).isEqualTo("completed");
        JsonNode call = first.at("/output/0");
        assertThat(call.get("type").stringValue()).isEqualTo("function_call");
        assertThat(json(call.get("arguments").stringValue()).get("city").isString())
                .isTrue();

        String items = "[{\"role\":\"user\",\"content\":\"Weather?\"}," + call
                + ",{\"type\":\"function_call_output\",\"call_id\":" + call.get("call_id") + ",\"output\":\"30 C\"}]}";
        JsonNode second = json(post("/v1/responses", begin + items));
        assertThat(second.at("/usage/input_tokens").intValue())
                .isGreaterThan(first.at("/usage/input_tokens").intValue());

        List<JsonNode> events = events(post("/v1/responses", begin + "\"Weather?\",\"stream\":true}"));
        List<String> types = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).get("sequence_number").intValue()).isEqualTo(i);
            String type = events.get(i).get("type").stringValue();
            if (types.isEmpty() || !types.getLast().equals(type)) {
                types.add(type);
            }
        }
        assertThat(types)
                .startsWith(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.function_call_arguments.delta",
                        "response.function_call_arguments.done",
                        "response.output_item.done")
                .endsWith("response.completed");
        JsonNode last = events.getLast().at("/response/output/0");
        assertThat(last.get("arguments")).isEqualTo(call.get("arguments"));

        JsonNode thinks = json(post(
                "/v1/responses",
                "{\"model\":\"thinks\",\"input\":\"Hi\",\"seed\":1,\"reasoning\":{\"max_tokens\":5},\"max_output_tokens\":300,"
                        + "\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"a\",\"schema\":" + PARAMETERS
                        + "}}}"));
        assertThat(thinks.at("/output/0/type").stringValue()).isEqualTo("reasoning");
        assertThat(thinks.at("/output/1/type").stringValue()).isEqualTo("message");
        assertThat(json(thinks.at("/output/1/content/0/text").stringValue()).has("city"))
                .isTrue();
        JsonNode kept = json(
                post("/v1/responses", "{\"model\":\"plain\",\"input\":\"Hi\",\"previous_response_id\":\"resp_1\"}"));
        assertThat(kept.at("/error/param").stringValue()).isEqualTo("previous_response_id");
    }

    @Test
    void promptsHaveLogProbabilitiesToo() throws Exception {
        int[] ids = MODELS.getFirst().tokenizer().encode("Once upon a time").ids();
        String body =
                "{\"model\":\"plain\",\"echo\":true,\"logprobs\":2,\"temperature\":0,\"max_tokens\":%d,\"prompt\":%s}";
        for (String prompt : List.of("\"Once upon a time\"", java.util.Arrays.toString(ids))) {
            JsonNode two = json(post("/v1/completions", String.format(body, 2, prompt)))
                    .at("/choices/0");
            JsonNode p = two.get("logprobs");
            assertThat(p.get("tokens").size()).isEqualTo(ids.length + 2);
            assertThat(p.get("token_logprobs").get(0).isNull()).isTrue();
            double[] expected = MODELS.getFirst().score(ids).logProbabilities();
            for (int i = 1; i < ids.length; i++) {
                assertThat(p.get("token_logprobs").get(i).doubleValue())
                        .isCloseTo(expected[i - 1], org.assertj.core.data.Offset.offset(1e-4));
                assertThat(p.get("top_logprobs").get(i).size()).isBetween(1, 2);
            }
            for (int i = 0; i < p.get("tokens").size(); i++) {
                String token = p.get("tokens").get(i).stringValue();
                int at = p.get("text_offset").get(i).intValue();
                assertThat(two.get("text").stringValue().substring(at).strip()).startsWith(token.strip());
            }
            JsonNode none = json(post("/v1/completions", String.format(body, 0, prompt)))
                    .at("/choices/0");
            assertThat(none.at("/logprobs/tokens").size()).isEqualTo(ids.length);
            assertThat(none.get("text").stringValue()).isEqualTo("Once upon a time");
        }
        JsonNode infill = json(post("/v1/completions", "{\"model\":\"plain\",\"prompt\":\"a\",\"suffix\":\"b\"}"));
        assertThat(infill.at("/error/param").stringValue()).isEqualTo("suffix");
        JsonNode tooLong =
                json(post("/v1/completions", "{\"model\":\"plain\",\"prompt\":\"" + "word ".repeat(20_000) + "\"}"));
        assertThat(tooLong.at("/error/code").stringValue()).isEqualTo("context_length_exceeded");
    }
}
