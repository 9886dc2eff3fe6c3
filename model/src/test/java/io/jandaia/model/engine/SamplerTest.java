package io.jandaia.model.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.jandaia.error.JandaiaException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SamplerTest {

    private static final Set<String> KNOWN = Set.of("temperature", "top_k", "top_p", "min_p", "repetition_penalty");

    /** transformers' logits processors, for the settings that this sampler has. */
    @Test
    void leavesTheProbabilitiesThatTransformersLeaves() throws Exception {
        JsonNode golden;
        try (InputStream in = SamplerTest.class.getResourceAsStream("/golden/sampling.json")) {
            golden = JsonMapper.shared().readTree(in);
        }
        int checked = 0;
        for (JsonNode c : golden.get("cases")) {
            Map<String, Double> settings = new TreeMap<>();
            c.get("settings")
                    .properties()
                    .forEach(p -> settings.put(p.getKey(), p.getValue().asDouble()));
            if (!KNOWN.containsAll(settings.keySet())) {
                continue;
            }
            int which = c.get("logits").asInt();
            float[] logits = floats(golden.get("logits").get(which));
            int[] before = ints(golden.get("previous_ids").get(which));
            Sampling s = new Sampling(
                    settings.getOrDefault("temperature", 1.0),
                    settings.getOrDefault("top_k", 0.0).intValue(),
                    settings.getOrDefault("top_p", 1.0),
                    settings.getOrDefault("min_p", 0.0),
                    settings.getOrDefault("repetition_penalty", 1.0),
                    0);
            Sampler.penalize(logits, before, before.length, s.repeatPenalty());
            Candidates left = Candidates.of(logits, s);
            Map<Integer, Double> found = new TreeMap<>();
            for (int i = 0; i < left.ids().length; i++) {
                found.put(left.ids()[i], left.probabilities()[i]);
            }
            Map<Integer, Double> expected = new TreeMap<>();
            c.get("probs")
                    .properties()
                    .forEach(p -> expected.put(
                            Integer.parseInt(p.getKey()), p.getValue().asDouble()));
            // The file leaves out what rounds to nothing at seven decimals.
            found.entrySet().removeIf(e -> e.getValue() < 1e-7 && !expected.containsKey(e.getKey()));
            assertThat(found.keySet()).as("%s", c.get("settings")).isEqualTo(expected.keySet());
            expected.forEach((id, p) -> assertThat(found.get(id))
                    .as("%s of %s", id, c.get("settings"))
                    .isCloseTo(p, within(1e-6)));
            checked++;
        }
        assertThat(checked).isGreaterThan(20);
    }

    @Test
    void draftsAsOftenAsProbable() {
        float[] logits = {0, 1, 2, -1};
        double[] p = Candidates.of(logits, new Sampling(1, 0, 1, 0, 1, 0)).probabilities();
        int[] ids = Candidates.of(logits, new Sampling(1, 0, 1, 0, 1, 0)).ids();
        int[] counts = new int[4];
        int n = 40_000;
        for (int position = 0; position < n; position++) {
            counts[Sampler.next(logits.clone(), new int[position], position, new Sampling(1, 0, 1, 0, 1, 42))]++;
        }
        for (int i = 0; i < 4; i++) {
            assertThat(counts[ids[i]] / (double) n).isCloseTo(p[i], within(0.01));
        }
    }

    @Test
    void narrowSettingsOnALargeVocabularyAgreeWithAFullSort() {
        long seed = 11;
        Random random = new Random(seed);
        float[] logits = new float[50_000];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) (3 * random.nextGaussian());
        }
        for (Sampling s : new Sampling[] {
            new Sampling(0.7, 0, 0.95, 0, 1, 0), new Sampling(5, 0, 0.9, 0, 1, 0), new Sampling(1, 40, 0.9, 0.05, 1, 0)
        }) {
            Candidates found = Candidates.of(logits, s);
            Integer[] order = new Integer[logits.length];
            Arrays.setAll(order, i -> i);
            Arrays.sort(order, (a, b) -> Float.compare(logits[b], logits[a]));
            for (int i = 0; i < found.ids().length; i++) {
                assertThat(found.ids()[i])
                        .as("seed %d, %s, rank %d", seed, s, i)
                        .isEqualTo(order[i]);
            }
        }
    }

    @Test
    void greedyTakesTheFirstOfEquals() {
        assertThat(Sampler.next(new float[] {1, 3, 3}, new int[0], 0, Sampling.GREEDY))
                .isEqualTo(1);
    }

    @Test
    void refusesWhatCannotBe() {
        assertThatThrownBy(() -> new Sampling(-1, 0, 1, 0, 1, 0)).isInstanceOf(JandaiaException.class);
        assertThatThrownBy(() -> new Sampling(Double.NaN, 0, 1, 0, 1, 0)).hasMessageContaining("temperature");
        assertThatThrownBy(() -> new Sampling(1, 0, 0, 0, 1, 0)).hasMessageContaining("top-p");
        assertThatThrownBy(() -> Sampler.next(new float[] {Float.NaN}, new int[0], 0, Sampling.GREEDY))
                .hasMessageContaining("not a number");
    }

    private static float[] floats(JsonNode array) {
        float[] out = new float[array.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) array.get(i).asDouble();
        }
        return out;
    }

    private static int[] ints(JsonNode array) {
        int[] out = new int[array.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = array.get(i).asInt();
        }
        return out;
    }
}
