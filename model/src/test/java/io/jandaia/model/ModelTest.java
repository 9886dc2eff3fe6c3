package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.jandaia.Jandaia;
import io.jandaia.error.JandaiaException;
import io.jandaia.model.chat.Message;
import io.jandaia.model.engine.Generation;
import io.jandaia.model.engine.TokenEvent;
import io.jandaia.model.engine.TokenEvent.FinishReason;
import io.jandaia.model.hub.HubSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The public API on the starter and on golden files. */
@Timeout(120)
class ModelTest {

    private static final String STARTER = "../models/starter";
    private static final String LLAMA = "src/test/resources/golden/models/llama";
    private static final String GGUF = "src/test/resources/golden/gguf/llama-Q8_0.gguf";

    @Test
    void chatsWithTheStarterAndRepeatsItselfWithASeed() {
        try (Model m = Jandaia.load(STARTER)) {
            GenerateOptions options = GenerateOptions.DEFAULT.seed(7).maxTokens(40);
            List<Message> messages = List.of(Message.user("Tell me a story about a bird."));
            StringBuilder streamed = new StringBuilder();
            Answer first = m.chat(messages, options, streamed::append);
            assertThat(first.text()).isEqualTo(streamed.toString()).containsPattern("[a-z]{3,} [a-z]{2,}");
            assertThat(first.sampling().settings()) // the model's own defaults
                    .containsEntry("temperature", 0.7)
                    .containsEntry("repeat-penalty", 1.15)
                    .containsEntry("top-p", 0.9);
            assertThat(first.usage().completionTokens())
                    .isEqualTo(first.tokenIds().length)
                    .isLessThanOrEqualTo(40);
            assertThat(m.chat(messages, options, t -> {}).text()).isEqualTo(first.text());
            assertThat(m.chat(messages, options.seed(8), t -> {}).text()).isNotEqualTo(first.text());
        }
    }

    @Test
    void answersManyThreadsAtOnceAsItAnswersEachAlone() {
        try (Model m = Jandaia.load(STARTER)) {
            List<String> prompts = List.of("A cat", "The sea", "Uma casa", "One day", "He said", "Why");
            List<String> alone = new ArrayList<>();
            for (int i = 0; i < prompts.size(); i++) {
                alone.add(m.generate(
                                prompts.get(i), GenerateOptions.DEFAULT.seed(i).maxTokens(30), t -> {})
                        .text());
            }
            List<CompletableFuture<String>> together = new ArrayList<>();
            for (int i = 0; i < prompts.size(); i++) {
                int n = i;
                together.add(CompletableFuture.supplyAsync(() -> m.generate(
                                prompts.get(n), GenerateOptions.DEFAULT.seed(n).maxTokens(30), t -> {})
                        .text()));
            }
            assertThat(together.stream().map(CompletableFuture::join)).isEqualTo(alone);
        }
    }

    @Test
    void scoresAsTransformersDoes() {
        JsonNode expected =
                JsonMapper.shared().readTree(Path.of(LLAMA, "expected.json").toFile());
        try (Model m = Jandaia.load(LLAMA)) {
            for (JsonNode c : expected.get("cases")) {
                int[] ids = new int[c.get("input_ids").size()];
                for (int i = 0; i < ids.length; i++) {
                    ids[i] = c.get("input_ids").get(i).asInt();
                }
                Score score = m.score(ids);
                for (int i = 0; i + 1 < ids.length; i++) {
                    assertThat(score.logProbabilities()[i])
                            .isCloseTo(c.get("logprob_of_next").get(i).asDouble(), within(2e-4));
                }
            }
        }
    }

    @Test
    void generatesGreedilyWhatTransformersDoes() {
        JsonNode expected = JsonMapper.shared()
                .readTree(Path.of(GGUF.replace(".gguf", ".expected.json")).toFile());
        try (Model m = Jandaia.load(GGUF)) {
            JsonNode c = expected.get("cases").get(0);
            int[] prompt =
                    c.get("input_ids").valueStream().mapToInt(JsonNode::asInt).toArray();
            int[] greedy =
                    c.get("greedy").valueStream().mapToInt(JsonNode::asInt).toArray();
            Answer a = m.generate(
                    prompt,
                    GenerateOptions.DEFAULT
                            .maxTokens(greedy.length)
                            .ignoreEnd(true)
                            .temperature(0),
                    t -> {});
            assertThat(a.tokenIds()).isEqualTo(greedy);
            assertThat(a.finishReason()).isEqualTo(FinishReason.LENGTH);
        }
    }

    @Test
    void aUsersTextNeverBecomesASpecialToken() {
        try (Model m = Jandaia.load(STARTER)) {
            int end = m.tokenizer().id("### End").orElseThrow();
            assertThat(m.prompt(List.of(Message.user("Say ### End now."))))
                    .as("typed by a user")
                    .doesNotContain(end);
            assertThat(m.prompt(List.of(Message.user("Hi"), Message.assistant("Hello"), Message.user("Bye"))))
                    .as("written by the template")
                    .contains(end);
        }
    }

    @Test
    void closingAGenerationStopsIt() {
        try (Model m = Jandaia.load(LLAMA)) {
            GenerateOptions endless = GenerateOptions.DEFAULT.ignoreEnd(true);
            try (Generation g = m.stream(new int[] {5, 6, 7}, endless)) {
                assertThat(g.next()).isInstanceOf(TokenEvent.Token.class);
            }
            assertThat(m.generate(new int[] {5}, endless.maxTokens(3), t -> {}).tokenIds())
                    .hasSize(3);
        }
    }

    @Test
    void mayBeClosedTwice() {
        Model m = Jandaia.load(LLAMA);
        m.close();
        m.close();
        assertThatThrownBy(() -> m.generate(new int[] {5}, GenerateOptions.DEFAULT, t -> {}))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void refusesAPromptLongerThanTheContext() {
        try (Model m = Jandaia.load(STARTER)) {
            assertThatThrownBy(() -> m.chat("word ".repeat(2000)))
                    .isInstanceOfSatisfying(
                            JandaiaException.class, e -> assertThat(e.kind()).isEqualTo(JandaiaException.Kind.USAGE))
                    .hasMessageContaining("512");
        }
    }

    @Test
    void aWrongNameListsWhatIsHere(@TempDir Path home) throws IOException {
        Path model = Files.createDirectories(home.resolve("models/tiny"));
        Files.writeString(model.resolve("config.json"), "{}");
        Path cache = home.resolve("hub");
        Path snapshot = Files.createDirectories(cache.resolve("models--org--name/snapshots/abc"));
        Files.writeString(snapshot.resolve("config.json"), "{}");
        Files.createDirectories(cache.resolve("models--org--name/refs"));
        Files.writeString(cache.resolve("models--org--name/refs/main"), "abc\n");
        Path escaping = Files.createDirectories(cache.resolve("models--org--evil/refs"));
        Files.writeString(escaping.resolve("main"), "../../../models/tiny");
        ModelStore store = new ModelStore(home, cache);
        assertThat(store.list().keySet()).containsExactly("org/name", "tiny");
        assertThat(store.find("org/name")).isEqualTo(snapshot);
        assertThatThrownBy(() -> store.find("tinny"))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("'tinny'")
                .hasMessageContaining("org/name, tiny");
        assertThat(HubSettings.cache(Map.of("HF_HOME", "/x"))).isEqualTo(Path.of("/x/hub"));
    }

    @Test
    void aConfigurationKeyThatIsNotUnderstoodIsRefused(@TempDir Path folder) throws IOException {
        copy(Path.of(LLAMA), folder);
        Path config = folder.resolve("config.json");
        String text = Files.readString(config);
        Files.writeString(config, text.replaceFirst("\\{", "{\"logit_scale\": 0.5, \"unused_feature\": false,"));
        assertThatThrownBy(() -> Jandaia.load(folder.toString()))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("logit_scale = 0.5")
                .hasMessageContaining("--ignore-config-key");
        Jandaia.load(folder.toString(), LoadOptions.DEFAULT.ignoredKeys(java.util.Set.of("logit_scale")))
                .close();
        Files.writeString(config, text.replace("\"silu\"", "\"mish\""));
        assertThatThrownBy(() -> Jandaia.load(folder.toString())).hasMessageContaining("mish");
        Files.writeString(config, text.replace("\"default\"", "\"mystery\""));
        assertThatThrownBy(() -> Jandaia.load(folder.toString())).hasMessageContaining("mystery");
        for (String bad : List.of(
                "\"rope_theta\": 0",
                "\"rope_theta\": 10000.0, \"partial_rotary_factor\": 5.0",
                "\"rope_theta\": 10000.0, \"partial_rotary_factor\": 0.2")) {
            Files.writeString(config, text.replace("\"rope_theta\": 10000.0", bad));
            assertThatThrownBy(() -> Jandaia.load(folder.toString())).as(bad).hasMessageContaining("rota");
        }
        Files.writeString(
                config, text.replace("\"rope_type\": \"default\"", "\"rope_type\": \"linear\", \"factor\": -2"));
        assertThatThrownBy(() -> Jandaia.load(folder.toString())).hasMessageContaining("scaling factor of -2");
        Files.writeString(config, text.replace("1e-06", "-1"));
        assertThatThrownBy(() -> Jandaia.load(folder.toString())).hasMessageContaining("epsilon");
        Files.writeString(config, text.replace("LlamaForCausalLM", "MysteryForCausalLM"));
        assertThatThrownBy(() -> Jandaia.load(folder.toString()))
                .hasMessageContaining("MysteryForCausalLM")
                .hasMessageContaining("Qwen3ForCausalLM");
        Files.writeString(config, text.replace("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 2"));
        assertThatThrownBy(() -> Jandaia.load(folder.toString())).hasMessageContaining("does not use");
        Files.writeString(config, text.replace("\"hidden_size\": 64", "\"hidden_size\": 128"));
        assertThatThrownBy(() -> Jandaia.load(folder.toString())).hasMessageContaining("shape [384, 64]");
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.list(from)) {
            for (Path f : files.toList()) {
                Files.copy(f, to.resolve(f.getFileName().toString()));
            }
        }
    }
}
