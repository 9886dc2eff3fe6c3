package io.jandaia.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.model.GenerateOptions;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.jandaia.model.chat.Message;
import io.jandaia.server.identity.Access;
import io.jandaia.server.identity.Limits;
import io.jandaia.server.identity.Prices;
import io.jandaia.server.identity.Role;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Models that requests make of others, in every API. */
@Timeout(120)
class DerivedApiTest {

    private static final Path STARTER = Path.of("../models/starter");
    private static final String SYSTEM = "Speak of the sea.";
    private static final String CREATE = "{\"model\":\"mario:latest\",\"from\":\"tiny:latest\",\"system\":\"" + SYSTEM
            + "\",\"parameters\":{\"temperature\":0,\"num_predict\":7,\"stop\":[\"zzz\",\"q\\\"q\"]},"
            + "\"messages\":[{\"role\":\"user\",\"content\":\"Who are you?\"},{\"role\":\"assistant\",\"content\":\"Mario.\"}],"
            + "\"license\":[\"Do\",\"as you like.\"],\"stream\":false}";
    private static final String HI = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    private static Model starter;

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final Stock stock = new Stock();

    @TempDir
    private Path folder;

    private URI server;

    /** Two models that are stored, and how often each was loaded. */
    private static final class Stock implements Catalog {
        private final Map<String, Integer> loads = new LinkedHashMap<>(Map.of("tiny", 0));
        private final List<String> deleted = new ArrayList<>();

        private ModelSource source(String name) {
            return new ModelSource(name, 7, STARTER, 1000, () -> 1000, () -> {
                loads.merge(name, 1, Integer::sum);
                return Model.open(STARTER, LoadOptions.DEFAULT);
            });
        }

        @Override
        public List<ModelSource> list() {
            return loads.keySet().stream().map(this::source).toList();
        }

        @Override
        public Optional<ModelSource> find(String name) {
            return loads.containsKey(name) ? Optional.of(source(name)) : Optional.empty();
        }

        @Override
        public void delete(String name) {
            loads.remove(name);
            deleted.add(name);
        }
    }

    @BeforeAll
    static void load() {
        starter = Model.open(STARTER, LoadOptions.DEFAULT);
    }

    @AfterAll
    static void unload() {
        starter.close();
    }

    @BeforeEach
    void begin() {
        server = start(Map.of("gpt", "tiny"), null);
    }

    @AfterEach
    void end() throws Exception {
        for (AutoCloseable c : open.reversed()) {
            c.close();
        }
        client.close();
    }

    private URI start(Map<String, String> aliases, @Nullable Access access) {
        DerivedModels derived = DerivedModels.open(folder.resolve("derived.json"));
        Models models = new Models(List.of(), aliases, stock, derived, ModelLimits.DEFAULT);
        open.add(models);
        ApiServer api = ApiServer.start(ServeOptions.DEFAULT.address("127.0.0.1", 0), models, access, r -> {}, w -> {});
        open.add(api);
        return api.uri();
    }

    private HttpResponse<String> send(String method, String path, String body, String key) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> send(String path, String body) throws Exception {
        return send(body.isEmpty() ? "GET" : "POST", path, body, "");
    }

    private JsonNode ask(String path, String body) throws Exception {
        HttpResponse<String> r = send(path, body);
        assertThat(r.statusCode()).as(r.body()).isEqualTo(200);
        assertThat(r.headers().firstValue("x-ignored-params")).isEmpty();
        return JsonMapper.shared().readTree(r.body());
    }

    private void refused(int status, String says, String path, String body) throws Exception {
        HttpResponse<String> r = send(path, body);
        assertThat(r.statusCode()).as(r.body()).isEqualTo(status);
        assertThat(r.body()).contains(says);
    }

    private static List<Message> conversation(String system) {
        return List.of(
                Message.system(system), Message.user("Who are you?"), Message.assistant("Mario."), Message.user("Hi"));
    }

    private static String expected(List<Message> messages, int tokens) {
        GenerateOptions options = GenerateOptions.DEFAULT.temperature(0).maxTokens(tokens);
        return starter.chat(messages, options, t -> {}).text();
    }

    private static int length(List<Message> messages) {
        return starter.prompt(messages).length;
    }

    @Test
    void everyApiUsesThePresetWhereARequestIsSilent() throws Exception {
        assertThat(ask("/api/create", CREATE).toString()).isEqualTo("{\"status\":\"success\"}");
        String text = expected(conversation(SYSTEM), 7);
        int prompt = length(conversation(SYSTEM));
        assertThat(text).isNotEqualTo(expected(List.of(Message.user("Hi")), 7));

        JsonNode chat = ask("/v1/chat/completions", "{\"model\":\"mario\"," + HI + "}");
        assertThat(chat.at("/model").asString()).isEqualTo("mario");
        assertThat(chat.at("/choices/0/message/content").asString()).isEqualTo(text);
        assertThat(chat.at("/usage/prompt_tokens").asInt()).isEqualTo(prompt);
        assertThat(chat.at("/usage/completion_tokens").asInt()).isEqualTo(7);

        JsonNode response = ask("/v1/responses", "{\"model\":\"mario\",\"input\":\"Hi\"}");
        assertThat(response.at("/model").asString()).isEqualTo("mario");
        assertThat(response.at("/output/0/content/0/text").asString()).isEqualTo(text);
        assertThat(response.at("/usage/input_tokens").asInt()).isEqualTo(prompt);

        JsonNode message = ask("/v1/messages", "{\"model\":\"mario\",\"max_tokens\":5," + HI + "}");
        assertThat(message.at("/model").asString()).isEqualTo("mario");
        assertThat(message.at("/content/0/text").asString()).isEqualTo(expected(conversation(SYSTEM), 5));
        assertThat(ask("/v1/messages/count_tokens", "{\"model\":\"mario\"," + HI + "}")
                        .at("/input_tokens")
                        .asInt())
                .isEqualTo(prompt);

        JsonNode ollama = ask("/api/chat", "{\"model\":\"mario:latest\",\"stream\":false," + HI + "}");
        assertThat(ollama.at("/model").asString()).isEqualTo("mario");
        assertThat(ollama.at("/message/content").asString()).isEqualTo(text);
        assertThat(ollama.at("/prompt_eval_count").asInt()).isEqualTo(prompt);
        JsonNode generated = ask("/api/generate", "{\"model\":\"mario\",\"stream\":false,\"prompt\":\"Hi\"}");
        assertThat(generated.at("/model").asString()).isEqualTo("mario");
        assertThat(generated.at("/response").asString()).isEqualTo(text);
        String streamed = send("/api/chat", "{\"model\":\"mario\"," + HI + "}").body();
        assertThat(streamed.lines().count()).isGreaterThan(3);
        assertThat(streamed.lines()).allSatisfy(l -> assertThat(l).contains("\"model\":\"mario\""));

        JsonNode went = ask("/v1/completions", "{\"model\":\"mario\",\"prompt\":\"Once upon a time\"}");
        assertThat(went.at("/model").asString()).isEqualTo("mario");
        assertThat(went.at("/usage/completion_tokens").asInt()).isEqualTo(7);
        assertThat(went.at("/choices/0/text").asString())
                .isEqualTo(ask(
                                "/v1/completions",
                                "{\"model\":\"tiny\",\"prompt\":\"Once upon a time\",\"max_tokens\":7,\"temperature\":0}")
                        .at("/choices/0/text")
                        .asString());
        assertThat(ask("/apply-template", "{\"model\":\"mario\"," + HI + "}")
                        .at("/prompt")
                        .asString())
                .contains(SYSTEM)
                .contains("Who are you?");
        assertThat(ask("/v1/embeddings", "{\"model\":\"mario\",\"input\":\"Hi\"}")
                        .at("/model")
                        .asString())
                .isEqualTo("mario");
        assertThat(ask("/api/embed", "{\"model\":\"mario\",\"input\":\"Hi\"}").at("/embeddings"))
                .isEqualTo(ask("/api/embed", "{\"model\":\"tiny\",\"input\":\"Hi\"}")
                        .at("/embeddings"));
        assertThat(stock.loads).containsEntry("tiny", 1); // one model in memory for both names
    }

    @Test
    void whatARequestSaysCounts() throws Exception {
        ask("/api/create", CREATE);
        List<Message> own = conversation("Speak of trees.");
        String system = "{\"role\":\"system\",\"content\":\"Speak of trees.\"}";
        String messages = "\"messages\":[" + system + ",{\"role\":\"user\",\"content\":\"Hi\"}]";
        JsonNode chat = ask("/v1/chat/completions", "{\"model\":\"mario\",\"max_tokens\":9," + messages + "}");
        assertThat(chat.at("/choices/0/message/content").asString()).isEqualTo(expected(own, 9));
        assertThat(chat.at("/usage/prompt_tokens").asInt()).isEqualTo(length(own));
        JsonNode response = ask(
                "/v1/responses",
                "{\"model\":\"mario\",\"input\":\"Hi\",\"instructions\":\"Speak of trees.\",\"max_output_tokens\":9}");
        assertThat(response.at("/output/0/content/0/text").asString()).isEqualTo(expected(own, 9));
        JsonNode message =
                ask("/v1/messages", "{\"model\":\"mario\",\"max_tokens\":9,\"system\":\"Speak of trees.\"," + HI + "}");
        assertThat(message.at("/content/0/text").asString()).isEqualTo(expected(own, 9));
        JsonNode ollama = ask(
                "/api/chat", "{\"model\":\"mario\",\"stream\":false,\"options\":{\"num_predict\":9}," + messages + "}");
        assertThat(ollama.at("/message/content").asString()).isEqualTo(expected(own, 9));
        JsonNode generated = ask(
                "/api/generate",
                "{\"model\":\"mario\",\"stream\":false,\"prompt\":\"Hi\",\"system\":\"Speak of trees.\",\"options\":{\"num_predict\":9}}");
        assertThat(generated.at("/response").asString()).isEqualTo(expected(own, 9));
        JsonNode endless =
                ask("/api/chat", "{\"model\":\"mario\",\"stream\":false,\"options\":{\"num_predict\":-1}," + HI + "}");
        assertThat(endless.at("/eval_count").asInt()).isGreaterThan(7);
        JsonNode raw = ask("/api/generate", "{\"model\":\"mario\",\"stream\":false,\"prompt\":\"Hi\",\"raw\":true}");
        assertThat(raw.at("/prompt_eval_count").asInt())
                .isEqualTo(starter.sourceTokens("Hi").size());
    }

    @Test
    void aPresetsStopTextEndsAnswersAndAnthropicsNamesIt() throws Exception {
        String text = expected(List.of(Message.user("Hi")), 12);
        String stop = text.substring(3, 6);
        ask(
                "/api/create",
                "{\"model\":\"short\",\"from\":\"tiny\",\"stream\":false,\"parameters\":{\"temperature\":0,\"stop\":"
                        + JsonMapper.shared().valueToTree(stop) + "}}");
        JsonNode message = ask("/v1/messages", "{\"model\":\"short\",\"max_tokens\":12," + HI + "}");
        assertThat(message.at("/stop_reason").asString()).isEqualTo("stop_sequence");
        assertThat(message.at("/stop_sequence").asString()).isEqualTo(stop);
        assertThat(message.at("/content/0/text").asString()).isEqualTo(text.substring(0, text.indexOf(stop)));
    }

    @Test
    void statusLinesAreOllamas() throws Exception {
        HttpResponse<String> r = send("/api/create", "{\"model\":\"mario\",\"from\":\"tiny\"}");
        assertThat(r.statusCode()).isEqualTo(200);
        assertThat(r.body().lines())
                .containsExactly(
                        "{\"status\":\"reading model metadata\"}",
                        "{\"status\":\"writing manifest\"}",
                        "{\"status\":\"success\"}");
    }

    @Test
    void itIsListedAndShown() throws Exception {
        ask("/api/create", CREATE);
        JsonNode tags = ask("/api/tags", "").at("/models");
        assertThat(tags.valueStream().map(m -> m.at("/name").asString())).containsExactly("tiny", "mario");
        assertThat(tags.at("/1/details/parent_model").asString()).isEqualTo("tiny");
        assertThat(tags.at("/1/size").asInt()).isEqualTo(1000);
        assertThat(tags.at("/1/digest").asString())
                .hasSize(64)
                .isNotEqualTo(tags.at("/0/digest").asString());
        assertThat(ask("/v1/models", "").at("/data/1/id").asString()).isEqualTo("mario");
        JsonNode model = ask("/v1/models/mario", "");
        assertThat(model.at("/id").asString()).isEqualTo("mario");
        assertThat(model.at("/parent").asString()).isEqualTo("tiny");
        assertThat(model.at("/status").asString()).isEqualTo("stored");

        JsonNode shown = ask("/api/show", "{\"model\":\"mario\"}");
        assertThat(shown.at("/system").asString()).isEqualTo(SYSTEM);
        assertThat(shown.at("/parameters").asString().lines())
                .containsExactly(
                        "temperature                    0",
                        "num_predict                    7",
                        "stop                           \"zzz\"",
                        "stop                           \"q\\\"q\"");
        assertThat(shown.at("/messages")).hasSize(2);
        assertThat(shown.at("/license").asString()).isEqualTo("Do\nas you like.");
        assertThat(shown.at("/details/parent_model").asString()).isEqualTo("tiny");
        assertThat(shown.at("/modelfile").asString().lines())
                .contains(
                        "FROM tiny",
                        "PARAMETER temperature 0",
                        "SYSTEM \"\"\"" + SYSTEM + "\"\"\"",
                        "MESSAGE assistant \"\"\"Mario.\"\"\"");
        JsonNode base = ask("/api/show", "{\"model\":\"tiny\"}");
        assertThat(base.has("system") || base.has("parameters")).isFalse();
        assertThat(base.at("/details").has("parent_model")).isFalse();
    }

    @Test
    void aRestartKeepsIt() throws Exception {
        ask("/api/create", CREATE);
        JsonNode before = ask("/api/show", "{\"model\":\"mario\"}");
        for (AutoCloseable c : open.reversed()) {
            c.close();
        }
        open.clear();
        server = start(Map.of("hero", "mario"), null);
        assertThat(ask("/api/show", "{\"model\":\"mario\"}")).isEqualTo(before);
        JsonNode chat = ask("/v1/chat/completions", "{\"model\":\"hero\"," + HI + "}"); // an alias of it
        assertThat(chat.at("/model").asString()).isEqualTo("mario");
        assertThat(chat.at("/choices/0/message/content").asString()).isEqualTo(expected(conversation(SYSTEM), 7));
    }

    @Test
    void whatIsMadeOfADerivedModelHasItsPartsAndItsOwn() throws Exception {
        ask("/api/create", CREATE);
        ask(
                "/api/create",
                "{\"model\":\"luigi\",\"from\":\"mario\",\"stream\":false,\"system\":\"Speak of plumbing.\","
                        + "\"parameters\":{\"num_predict\":3,\"stop\":null,\"seed\":1}}");
        JsonNode shown = ask("/api/show", "{\"model\":\"luigi\"}");
        assertThat(shown.at("/details/parent_model").asString()).isEqualTo("tiny");
        assertThat(shown.at("/system").asString()).isEqualTo("Speak of plumbing.");
        assertThat(shown.at("/messages")).hasSize(2);
        assertThat(shown.at("/parameters").asString().lines().map(l -> l.replaceAll(" +", " ")))
                .containsExactly("temperature 0", "num_predict 3", "seed 1");
        assertThat(send("DELETE", "/api/delete", "{\"model\":\"mario\"}", "").statusCode())
                .isEqualTo(200);
        assertThat(ask("/v1/chat/completions", "{\"model\":\"luigi\"," + HI + "}")
                        .at("/choices/0/message/content")
                        .asString())
                .isEqualTo(expected(conversation("Speak of plumbing."), 3));
        // made anew in its own place
        ask("/api/create", "{\"model\":\"luigi\",\"from\":\"tiny\",\"stream\":false}");
        assertThat(ask("/api/show", "{\"model\":\"luigi\"}").has("system")).isFalse();
    }

    @Test
    void aSettingWithTwoNamesIsOne() throws Exception {
        String begin = "{\"model\":\"a\",\"stream\":false,\"from\":";
        ask("/api/create", begin + "\"tiny\",\"parameters\":{\"repeat_penalty\":1.5}}");
        ask("/api/create", begin + "\"a\",\"parameters\":{\"repetition_penalty\":1.25}}");
        assertThat(ask("/api/show", "{\"model\":\"a\"}").at("/parameters").asString())
                .matches("repeat_penalty +1.25");
    }

    @Test
    void whatTheStartNamesHidesADerivedModelOfThatName() throws Exception {
        ask("/api/create", CREATE);
        server = start(Map.of("mario", "tiny"), null);
        assertThat(ask("/api/show", "{\"model\":\"mario\"}").has("system")).isFalse();
        assertThat(ask("/api/tags", "").at("/models")).hasSize(1);
        DerivedModels derived = DerivedModels.open(folder.resolve("derived.json"));
        Models models = new Models(List.of(stock.source("mario")), Map.of(), stock, derived, ModelLimits.DEFAULT);
        open.add(models);
        assertThat(models.find("mario").derived()).isNull();
        assertThat(models.all()).extracting(Models.Entry::name).containsExactly("mario");
        assertThat(derived.find("mario")).isNotNull(); // it is kept
    }

    @Test
    void aSystemMessageAmongTheOthersIsTheSystems() throws Exception {
        String messages =
                "\"messages\":[{\"role\":\"system\",\"content\":\"A\"},{\"role\":\"user\",\"content\":\"B\"}]";
        ask("/api/create", "{\"model\":\"a\",\"from\":\"tiny\",\"stream\":false," + messages + "}");
        JsonNode shown = ask("/api/show", "{\"model\":\"a\"}");
        assertThat(shown.at("/system").asString()).isEqualTo("A");
        assertThat(shown.at("/messages")).hasSize(1);
        refused(
                400,
                "messages[0]",
                "/api/create",
                "{\"model\":\"a\",\"from\":\"tiny\",\"system\":\"other\"," + messages + "}");
        refused(
                400,
                "critic",
                "/api/create",
                "{\"model\":\"a\",\"from\":\"tiny\",\"messages\":[{\"role\":\"critic\",\"content\":\"B\"}]}");
    }

    @Test
    void copiesHaveTheSettingsOfWhatTheyCopy() throws Exception {
        ask("/api/create", CREATE);
        HttpResponse<String> r = send("/api/copy", "{\"source\":\"mario\",\"destination\":\"me/mario:latest\"}");
        assertThat(r.statusCode()).isEqualTo(200);
        assertThat(r.body()).isEmpty();
        assertThat(send("/api/copy", "{\"source\":\"gpt\",\"destination\":\"plain\"}")
                        .statusCode())
                .isEqualTo(200);
        JsonNode shown = ask("/api/show", "{\"model\":\"me/mario\"}");
        assertThat(shown.at("/system").asString()).isEqualTo(SYSTEM);
        assertThat(ask("/v1/models/me/mario", "").at("/parent").asString()).isEqualTo("tiny");
        assertThat(ask("/api/show", "{\"model\":\"plain\"}").has("system")).isFalse();
        JsonNode chat =
                ask("/v1/chat/completions", "{\"model\":\"plain\",\"temperature\":0,\"max_tokens\":5," + HI + "}");
        assertThat(chat.at("/choices/0/message/content").asString())
                .isEqualTo(expected(List.of(Message.user("Hi")), 5));
        refused(404, "nobody", "/api/copy", "{\"source\":\"nobody\",\"destination\":\"x\"}");
        refused(400, "destination", "/api/copy", "{\"source\":\"tiny\"}");
        refused(400, "destination", "/api/copy", "{\"source\":\"tiny\",\"destination\":\"../x\"}");
        refused(409, "tiny", "/api/copy", "{\"source\":\"mario\",\"destination\":\"tiny\"}");
    }

    @Test
    void whatIsRefusedSaysWhatToDo() throws Exception {
        String begin = "{\"model\":\"mario\",\"from\":\"tiny\",";
        refused(400, "come", "/api/create", begin + "\"template\":\"{{ .Prompt }}\"}");
        refused(400, "--adapter", "/api/create", begin + "\"adapters\":{\"a.gguf\":\"sha256:00\"}}");
        refused(400, "jandaia quantize", "/api/create", begin + "\"quantize\":\"q4_K_M\"}");
        refused(400, "jandaia pull", "/api/create", begin + "\"files\":{\"a.gguf\":\"sha256:00\"}}");
        refused(400, "system", "/api/create", "{\"name\":\"mario\",\"modelfile\":\"FROM tiny\"}");
        refused(400, "parameters.num_ctx", "/api/create", begin + "\"parameters\":{\"num_ctx\":1,\"top_k\":3}}");
        refused(400, "grammar", "/api/create", begin + "\"parameters\":{\"grammar\":\"root ::= [a]\"}}");
        refused(400, "top-p", "/api/create", begin + "\"parameters\":{\"top_p\":7}}");
        refused(400, "'parameters' is 3", "/api/create", begin + "\"parameters\":3}");
        refused(400, "'system' is 3", "/api/create", begin + "\"system\":3}");
        refused(413, "limit", "/api/create", begin + "\"system\":\"" + "x".repeat(1 << 20) + "\"}");
        refused(400, "'from'", "/api/create", "{\"model\":\"mario\"}");
        refused(400, "'model'", "/api/create", "{\"from\":\"tiny\"}");
        refused(404, "nobody", "/api/create", "{\"model\":\"mario\",\"from\":\"nobody\"}");
        refused(404, "starter", "/api/create", "{\"model\":\"mario\",\"from\":\"../models/starter\"}");
        refused(400, "org/name:tag", "/api/create", "{\"model\":\"../mario\",\"from\":\"tiny\"}");
        refused(409, "'tiny'", "/api/create", "{\"model\":\"tiny\",\"from\":\"tiny\"}");
        refused(409, "alias", "/api/create", "{\"model\":\"gpt\",\"from\":\"tiny\"}");
        assertThat(ask("/api/tags", "").at("/models")).hasSize(1);
        assertThat(folder.resolve("derived.json")).doesNotExist();
        // clients send what they do not mean as nothing
        ask("/api/create", begin + "\"template\":\"\",\"files\":{},\"adapters\":null,\"stream\":false}");
    }

    @Test
    void aBaseStaysWhileOthersAreDerivedFromIt() throws Exception {
        ask("/api/create", CREATE);
        assertThat(send("/api/copy", "{\"source\":\"tiny\",\"destination\":\"b\"}")
                        .statusCode())
                .isEqualTo(200);
        HttpResponse<String> r = send("DELETE", "/api/delete", "{\"model\":\"tiny\"}", "");
        assertThat(r.statusCode()).isEqualTo(409);
        assertThat(r.body()).contains("mario, b");
        refused(409, "mario", "/api/pull", "{\"model\":\"mario\"}");
        for (String name : new String[] {"mario", "b"}) {
            assertThat(send("DELETE", "/api/delete", "{\"model\":\"" + name + "\"}", "")
                            .statusCode())
                    .isEqualTo(200);
            refused(404, name, "/api/show", "{\"model\":\"" + name + "\"}");
        }
        assertThat(stock.deleted).isEmpty();
        assertThat(send("DELETE", "/api/delete", "{\"model\":\"tiny\"}", "").statusCode())
                .isEqualTo(200);
        assertThat(stock.deleted).containsExactly("tiny");
    }

    @Test
    void whereTheBaseIsGoneItSaysSoAndCanBeDeleted() throws Exception {
        ask("/api/create", CREATE);
        stock.loads.clear();
        refused(404, "'tiny', which is not here any more", "/v1/chat/completions", "{\"model\":\"mario\"," + HI + "}");
        refused(404, "'tiny', which is not here any more", "/api/show", "{\"model\":\"mario\"}");
        assertThat(ask("/v1/models/mario", "").at("/status").asString()).isEqualTo("missing");
        refused(404, "jandaia pull", "/api/copy", "{\"source\":\"mario\",\"destination\":\"luigi\"}");
        assertThat(send("DELETE", "/api/delete", "{\"model\":\"mario\"}", "").statusCode())
                .isEqualTo(200);
        assertThat(ask("/api/tags", "").at("/models")).isEmpty();
    }

    @Test
    void itsBaseIsClosedByItsName() throws Exception {
        ask("/api/create", CREATE);
        assertThat(ask("/api/generate", "{\"model\":\"mario\"}")
                        .at("/done_reason")
                        .asString())
                .isEqualTo("load");
        assertThat(ask("/api/ps", "").at("/models/0/name").asString()).isEqualTo("tiny");
        assertThat(ask("/v1/models/mario", "").at("/status").asString()).isEqualTo("loaded");
        ask("/api/generate", "{\"model\":\"mario\",\"keep_alive\":0}");
        for (int i = 0; i < 100 && !ask("/api/ps", "").at("/models").isEmpty(); i++) {
            Thread.sleep(20);
        }
        assertThat(ask("/api/ps", "").at("/models")).isEmpty();
    }

    @Test
    void keysAreForItsNameAndUsageIsToo() throws Exception {
        Access access = Access.open(folder.resolve("s.db").toString(), Prices.NONE, Clock.systemUTC(), w -> {});
        open.addFirst(access);
        String admin = access.identities()
                .createKey("admin", null, Role.ADMIN, Set.of(), Limits.NONE, 0, null, "test")
                .secret();
        String ofBase = access.identities()
                .createKey("base", null, Role.USER, Set.of("tiny"), Limits.NONE, 0, null, "test")
                .secret();
        String ofMario = access.identities()
                .createKey("mario", null, Role.USER, Set.of("mario"), Limits.NONE, 0, null, "test")
                .secret();
        server = start(Map.of(), access);
        for (String path : new String[] {"/api/create", "/api/copy"}) {
            assertThat(send("POST", path, CREATE, ofBase).statusCode()).isEqualTo(403);
            assertThat(send("POST", path, CREATE, "").statusCode()).isEqualTo(401);
        }
        assertThat(send("POST", "/api/create", CREATE, admin).statusCode()).isEqualTo(200);
        assertThat(send("DELETE", "/api/delete", "{\"model\":\"mario\"}", ofMario)
                        .statusCode())
                .isEqualTo(403);
        String chat = "{\"model\":\"mario\"," + HI + "}";
        assertThat(send("POST", "/v1/chat/completions", chat, ofBase).statusCode())
                .isEqualTo(403);
        assertThat(send("POST", "/v1/chat/completions", chat, ofMario).statusCode())
                .isEqualTo(200);
        assertThat(send("POST", "/v1/chat/completions", chat.replace("mario", "tiny"), ofMario)
                        .statusCode())
                .isEqualTo(403);
        String seen = send("GET", "/api/tags", "", ofMario).body();
        assertThat(seen).contains("\"name\":\"mario\"").doesNotContain("\"name\":\"tiny\"");
        String usage = "";
        for (int i = 0; i < 100 && !usage.contains("mario"); i++) { // it is stored twice a second
            Thread.sleep(50);
            usage = send("GET", "/v1/usage?group=model", "", admin).body();
        }
        assertThat(usage).contains("mario").doesNotContain("tiny");
    }

    @ParameterizedTest
    @CsvSource({"/api/create, model, from", "/api/copy, destination, source"})
    void whereModelsAreFixedNoneAreMade(String path, String name, String from) throws Exception {
        Models models = new Models(List.of(stock.source("tiny")), Map.of(), Catalog.NONE, ModelLimits.DEFAULT);
        open.add(models);
        models.open();
        ApiServer api = ApiServer.start(ServeOptions.DEFAULT.address("127.0.0.1", 0), models, r -> {});
        open.add(api);
        server = api.uri();
        refused(403, "--only", path, "{\"" + name + "\":\"x\",\"" + from + "\":\"tiny\"}");
    }
}
