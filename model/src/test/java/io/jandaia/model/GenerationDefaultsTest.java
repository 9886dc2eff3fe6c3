package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.model.format.Config;
import io.jandaia.model.sampling.Dry;
import io.jandaia.model.sampling.Golden;
import io.jandaia.model.sampling.Order;
import io.jandaia.model.sampling.Sampling;
import io.jandaia.model.sampling.Setting;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class GenerationDefaultsTest {

    private static GenerationDefaults of(Map<String, Object> values) {
        return GenerationDefaults.of(Config.of("generation_config.json", values));
    }

    /** transformers' processors with the settings of a generation_config.json, each alone and several together. */
    @ParameterizedTest
    @ValueSource(strings = {"sampling.json", "sampling-processors.json"})
    void leavesTheProbabilitiesThatTransformersLeaves(String name) throws Exception {
        Golden golden = Golden.read(name);
        assertThat(golden.cases().size()).isGreaterThan(170);
        for (JsonNode c : golden.cases()) {
            Map<String, Object> config = new HashMap<>(Map.of("do_sample", true, "top_k", 0L));
            c.get("settings").properties().forEach(p -> config.put(p.getKey(), value(p.getValue())));
            GenerationDefaults d = of(config);
            assertThat(d.notes()).isEmpty();
            Set<Integer> ends = c.has("ends")
                    ? c.get("ends").valueStream().map(JsonNode::asInt).collect(Collectors.toSet())
                    : Set.of();
            int limit = d.settings().has(Setting.MAX_LENGTH) ? d.settings().get(Setting.MAX_LENGTH) : 1000;
            Sampling s = Sampling.of(d.settings(), ends, Dry.Breakers.NONE, 0);
            int prompt = c.has("prompt") ? c.get("prompt").asInt() : golden.previous(c).length;
            golden.check(c, s, prompt, limit, 1e-6);
        }
    }

    /** As the configuration's reader gives it. */
    static Object value(JsonNode v) {
        if (v.isArray()) {
            return v.valueStream().map(GenerationDefaultsTest::value).toList();
        }
        return v.isIntegralNumber() ? (Object) v.asLong() : JsonMapper.shared().convertValue(v, Object.class);
    }

    @Test
    void samplesOnlyWhereTheFileSaysSo() {
        assertThat(of(Map.of("temperature", 0.6, "top_p", 0.9)).settings().has(Setting.TEMPERATURE))
                .isFalse();
        GenerationDefaults d = of(Map.of("do_sample", true, "temperature", 0.6, "num_beams", 1L));
        assertThat(d.settings().get(Setting.TEMPERATURE)).isEqualTo(0.6);
        assertThat(d.settings().get(Setting.TOP_K)).isEqualTo(50);
        assertThat(d.settings().get(Setting.ORDER)).isEqualTo(Order.HF);
    }

    @Test
    void namesWhatItDoesNotApply() {
        GenerationDefaults d = of(Map.of(
                "guidance_scale",
                1.5,
                "diversity_penalty",
                0.0,
                "num_beam_groups",
                1L,
                "watermarking_config",
                Map.of()));
        assertThat(d.notes())
                .hasSize(2)
                .anyMatch(n -> n.contains("guidance_scale"))
                .anyMatch(n -> n.contains("watermark"));
        assertThat(of(Map.of("num_return_sequences", 3L)).notes())
                .singleElement()
                .asString()
                .contains("num_beams");
    }

    @Test
    void refusesWhatAFileCannotSay() {
        assertThatThrownBy(() -> of(Map.of("do_sample", true, "top_p", 1.5)))
                .hasMessageContaining("top_p")
                .hasMessageContaining("generation_config.json")
                .hasMessageContaining("at most 1");
        assertThatThrownBy(() -> of(Map.of("bad_words_ids", List.of(1L)))).hasMessageContaining("bad_words_ids");
        assertThatThrownBy(() -> of(Map.of("early_stopping", "sometimes"))).hasMessageContaining("never");
    }

    @Test
    void anOlderModelKeepsItInItsConfig() {
        Config c = Config.of(
                "config.json", Map.of("num_beams", 4L, "length_penalty", 2.0, "diversity_penalty", 0.0, "x", 1L));
        assertThat(GenerationDefaults.ofModelConfig(c).settings().get(Setting.BEAMS))
                .isEqualTo(4);
        assertThat(c.unread().keySet()).containsExactly("x");
    }

    @Test
    void aGgufMaySayItToo() {
        GenerationDefaults d = GenerationDefaults.ofGguf(Config.of(
                "m.gguf",
                Map.of(
                        "general.sampling.top_k",
                        20L,
                        "general.sampling.top_p",
                        0.8f,
                        "general.sampling.sequence",
                        "k")));
        assertThat(d.settings().get(Setting.TOP_K)).isEqualTo(20);
        assertThat(d.settings().get(Setting.TEMPERATURE)).isEqualTo(0.8);
        assertThat(d.settings().get(Setting.ORDER)).isEqualTo(Order.LLAMA);
        assertThat(d.notes()).singleElement().asString().contains("sequence");
        assertThat(GenerationDefaults.ofGguf(Config.of("m.gguf", Map.of()))
                        .settings()
                        .has(Setting.TEMPERATURE))
                .isFalse();
    }

    @Test
    void mirostatIsRefusedTogetherWithFiltersOfTheCaller() {
        GenerateOptions o = GenerateOptions.DEFAULT.temperature(1).with(Setting.MIROSTAT, 2);
        GenerationDefaults d = of(Map.of("do_sample", true));
        assertThat(Sampling.of(d.under(o), Set.of(), Dry.Breakers.NONE, 1).settings())
                .doesNotContainKey("top-k");
        assertThatThrownBy(() -> d.under(o.topK(3).minP(0.1))).hasMessageContaining("top-k, min-p");
    }
}
