package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.jandaia.Jandaia;
import io.jandaia.model.engine.TokenEvent;
import io.jandaia.model.format.Config;
import io.jandaia.model.nn.InferenceOps;
import io.jandaia.model.sampling.Golden;
import io.jandaia.model.sampling.Setting;
import io.jandaia.model.sampling.Settings;
import io.jandaia.model.state.KvLayout;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.KvShape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class BeamSearchTest {

    private static final String MODELS = "src/test/resources/golden/models/";

    private static GenerateOptions options(JsonNode c) {
        Map<String, Object> config = new HashMap<>();
        c.get("settings").properties().forEach(p -> config.put(p.getKey(), GenerationDefaultsTest.value(p.getValue())));
        Settings s = GenerationDefaults.of(Config.of("generation_config.json", config))
                .settings();
        Set<Integer> ends = c.get("ends").valueStream().map(JsonNode::asInt).collect(Collectors.toSet());
        return new GenerateOptions(s.with(Setting.IGNORE_END, true).with(Setting.STOP_IDS, ends));
    }

    private static int[] withoutEnd(JsonNode answer, JsonNode c) {
        int[] ids = Golden.ints(answer.get("ids"));
        boolean ended = c.get("ends").valueStream().anyMatch(e -> e.asInt() == ids[ids.length - 1]);
        return ended ? Arrays.copyOf(ids, ids.length - 1) : ids;
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen2", "qwen3", "llama_yarn", "gpt2", "gemma3", "lfm2", "qwen3_next"})
    void findsWhatTransformersFinds(String name, @TempDir Path folder) throws Exception {
        for (String from : List.of(name, "llama")) { // whose tokenizer serves all: it only has to have the ids
            try (var files = Files.list(Path.of(MODELS + from))) {
                for (Path f : files.filter(f -> from.equals(name) || f.endsWith("tokenizer.json"))
                        .toList()) {
                    Files.copy(f, folder.resolve(f.getFileName().toString()), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
        int checked = 0;
        try (Model m = Jandaia.load(folder.toString(), LoadOptions.DEFAULT.numerics(Numerics.EXACT))) {
            for (JsonNode c : Golden.read("beams.json").cases()) {
                if (!c.get("model").asString().equals(name)) {
                    continue;
                }
                Answer a = m.generate(Golden.ints(c.get("prompt")), options(c), t -> {});
                List<TokenEvent.Alternative> found = a.alternatives();
                assertThat(found).as("%s", c).hasSize(c.get("answers").size());
                for (int i = 0; i < found.size(); i++) {
                    JsonNode expected = c.get("answers").get(i);
                    assertThat(found.get(i).ids()).as("answer %d of %s", i, c).isEqualTo(withoutEnd(expected, c));
                    assertThat(found.get(i).score())
                            .isCloseTo(expected.get("score").asDouble(), within(2e-4));
                }
                assertThat(a.tokenIds()).isEqualTo(found.getFirst().ids());
                assertThat(a.text()).isEqualTo(found.getFirst().text());
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(3);
    }

    /** The same to the last bit alone, among others, and when memory is so short that they take each other's pages. */
    @Test
    void aSearchFindsTheSameAloneAndAmongOthers() {
        List<GenerateOptions> options = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            options.add(GenerateOptions.DEFAULT
                    .beams(2 + i)
                    .maxTokens(70)
                    .ignoreEnd(true)
                    .with(Setting.RETURNED_BEAMS, 2));
        }
        options.add(
                GenerateOptions.DEFAULT.temperature(0.9).seed(4).maxTokens(70).ignoreEnd(true));
        int[] prompt = {
            5, 6, 7, 8, 9, 200, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
        };
        List<String> alone;
        try (Model m = Jandaia.load(MODELS + "llama")) {
            alone = options.stream().map(o -> said(m, prompt, o)).toList();
        }
        for (int pages : new int[] {1000, 24}) { // the largest search needs up to 21
            try (Model m = Jandaia.load(MODELS + "llama", memory(pages))) {
                List<CompletableFuture<String>> together = options.stream()
                        .map(o -> CompletableFuture.supplyAsync(() -> said(m, prompt, o)))
                        .toList();
                assertThat(together.stream().map(CompletableFuture::join))
                        .as("%d pages", pages)
                        .isEqualTo(alone);
            }
        }
    }

    private static LoadOptions memory(int pages) {
        try (Model m = Jandaia.load(MODELS + "llama")) {
            KvLayout layout = InferenceOps.layout(m.spec());
            return LoadOptions.DEFAULT.cacheBytes(layout.bytes(Math.multiplyExact(pages, KvShape.PAGE)));
        }
    }

    private static String said(Model m, int[] prompt, GenerateOptions o) {
        Answer a = m.generate(prompt, o, t -> {});
        return Arrays.toString(a.tokenIds())
                + a.alternatives().stream()
                        .map(x -> x.score() + Arrays.toString(x.ids()))
                        .toList();
    }

    @Test
    void oneThatDoesNotFitTheMemoryFailsAlone() {
        try (Model m = Jandaia.load(MODELS + "llama", memory(12))) {
            GenerateOptions o = GenerateOptions.DEFAULT.maxTokens(60).ignoreEnd(true);
            assertThatThrownBy(() -> m.generate(new int[] {5, 6}, o.beams(30), t -> {}))
                    .hasMessageContaining("No memory is left");
            assertThat(m.generate(new int[] {5, 6}, o, t -> {}).tokenIds()).hasSize(60);
        }
    }

    @Test
    void stopTextsEndBeams() {
        try (Model m = Jandaia.load(MODELS + "llama")) {
            GenerateOptions o = GenerateOptions.DEFAULT.beams(3).maxTokens(20).ignoreEnd(true);
            String free = m.generate(new int[] {5, 6, 7}, o, t -> {}).text();
            String stop = free.substring(free.length() / 2, free.length() / 2 + 2);
            Answer a = m.generate(new int[] {5, 6, 7}, o.stops(List.of(stop)), t -> {});
            assertThat(a.alternatives()).isNotEmpty();
            assertThat(a.alternatives()).noneMatch(x -> x.text().contains(stop));
        }
    }

    @Test
    void cancellingStopsASearch() {
        try (Model m = Jandaia.load(MODELS + "llama")) {
            try (var g =
                    m.stream(new int[] {5, 6}, GenerateOptions.DEFAULT.beams(4).ignoreEnd(true))) {
                g.cancel();
                TokenEvent last = null;
                for (TokenEvent e = g.next(); e != null; e = g.next()) {
                    last = e;
                }
                assertThat(last)
                        .isInstanceOfSatisfying(
                                TokenEvent.Finished.class,
                                f -> assertThat(f.reason()).isEqualTo(TokenEvent.FinishReason.CANCELLED));
            }
        }
    }

    @Test
    void refusesWhatItCannotCombine() {
        try (Model m = Jandaia.load(MODELS + "llama")) {
            GenerateOptions o = GenerateOptions.DEFAULT.beams(2);
            assertThatThrownBy(() -> m.generate(new int[] {5}, o.temperature(0.5), t -> {}))
                    .hasMessageContaining("temperature to 0");
            assertThatThrownBy(() -> m.generate(new int[] {5}, o.logProbs(1), t -> {}))
                    .hasMessageContaining("Log-probabilities");
        }
    }
}
