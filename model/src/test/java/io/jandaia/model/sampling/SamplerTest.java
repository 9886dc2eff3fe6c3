package io.jandaia.model.sampling;

import static io.jandaia.model.sampling.Setting.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.jandaia.error.JandaiaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class SamplerTest {

    private static final Settings DRAW = Settings.NONE.with(TEMPERATURE, 1.0);

    private static Sampling sampling(Settings s) {
        return Sampling.of(s, Set.of(), Dry.Breakers.NONE, 0);
    }

    /** libllama's samplers in llama.cpp's order, each alone and several together. */
    @Test
    void leavesTheProbabilitiesThatLlamaCppLeaves() throws Exception {
        Golden golden = Golden.read("sampling-llama.json");
        assertThat(golden.cases().size()).isGreaterThan(220);
        for (JsonNode c : golden.cases()) {
            Settings s = settings(c.get("settings"));
            Sampling sampling = Sampling.of(s, Set.of(), breakers(c.path("breakers")), 0);
            golden.check(c, sampling, golden.previous(c).length, 1000, 2e-6);
        }
    }

    private static Settings settings(JsonNode file) {
        Settings s = DRAW.with(ORDER, Order.LLAMA);
        for (Map.Entry<String, JsonNode> e : file.properties()) {
            double v = e.getValue().asDouble();
            s = switch (e.getKey()) {
                case "temperature" -> s.with(TEMPERATURE, v);
                case "top-k" -> s.with(TOP_K, (int) v);
                case "top-p" -> s.with(TOP_P, v);
                case "min-p" -> s.with(MIN_P, v);
                case "typical-p" -> s.with(TYPICAL_P, v);
                case "top-n-sigma" -> s.with(TOP_N_SIGMA, v);
                case "repeat-penalty" -> s.with(REPEAT_PENALTY, v);
                case "frequency-penalty" -> s.with(FREQUENCY_PENALTY, v);
                case "presence-penalty" -> s.with(PRESENCE_PENALTY, v);
                case "repeat-last-n" -> s.with(REPEAT_LAST_N, (int) v);
                case "dry-multiplier" -> s.with(DRY_MULTIPLIER, v);
                case "dry-base" -> s.with(DRY_BASE, v);
                case "dry-allowed-length" -> s.with(DRY_ALLOWED_LENGTH, (int) v);
                case "dry-last-n" -> s.with(DRY_LAST_N, (int) v);
                case "xtc-probability" -> s.with(XTC_PROBABILITY, v);
                case "xtc-threshold" -> s.with(XTC_THRESHOLD, v);
                case "mirostat" -> s.with(MIROSTAT, (int) v);
                case "mirostat-tau" -> s.with(MIROSTAT_TAU, v);
                case "mirostat-eta" -> s.with(MIROSTAT_ETA, v);
                default -> throw new IllegalArgumentException(e.getKey());
            };
        }
        return s;
    }

    private static Dry.Breakers breakers(JsonNode file) {
        Map<Integer, List<int[]>> tails = new TreeMap<>();
        for (JsonNode b : file) {
            int[] ids = Golden.ints(b);
            tails.computeIfAbsent(ids[0], k -> new ArrayList<>()).add(Arrays.copyOfRange(ids, 1, ids.length));
        }
        return new Dry.Breakers(tails);
    }

    /** Step by step, going on with llama.cpp's choices. */
    @Test
    void mirostatAllowsWhatLlamaCppAllows() throws Exception {
        Golden golden = Golden.read("sampling-llama.json");
        assertThat(golden.file().get("mirostat").size()).isEqualTo(24);
        for (JsonNode c : golden.file().get("mirostat")) {
            Sampling sampling = sampling(settings(c.get("settings")));
            Choice.Mirostat m = (Choice.Mirostat) sampling.choice();
            Sampler sampler = new Sampler(sampling, 1, 1000, new Scratch());
            for (JsonNode step : c.get("steps")) {
                float[] logits = golden.logits(step);
                Candidates left = sampler.filter(logits, 1);
                sampler.allow(m, left, logits.length);
                assertThat(left.size())
                        .as("%s in %s", step, c)
                        .isEqualTo(step.get("left").asInt());
                assertThat(left.ranked(0)).isTrue();
                assertThat(left.weightAt(0) / left.total())
                        .isCloseTo(step.get("p0").asDouble(), within(1e-5));
                int rank = 0;
                while (left.ranked(rank)
                        && left.idAt(rank) != step.get("chosen").asInt()) {
                    rank++;
                }
                sampler.observe(m, left, rank);
            }
        }
    }

    @Test
    void drawsAsOftenAsProbable() {
        float[] logits = {0, 1, 2, -1};
        Map<Integer, Double> p = Golden.left(sampling(DRAW), logits.clone(), new int[0], 0, 100);
        Sampler sampler = new Sampler(Sampling.of(DRAW, Set.of(), Dry.Breakers.NONE, 42), 0, 100, new Scratch());
        int[] counts = new int[4];
        int n = 40_000;
        for (int position = 0; position < n; position++) {
            counts[sampler.next(logits.clone(), new int[position], position)]++;
        }
        p.forEach((id, probability) -> assertThat(counts[id] / (double) n).isCloseTo(probability, within(0.01)));
    }

    @Test
    void xtcAppliesAsOftenAsItsProbability() {
        Settings s = DRAW.with(XTC_PROBABILITY, 0.3).with(XTC_THRESHOLD, 0.1);
        Sampler sampler = new Sampler(sampling(s), 0, 100, new Scratch());
        int applied = 0;
        for (int position = 0; position < 10_000; position++) {
            applied += sampler.filter(new float[] {3, 2.9f, 2.8f, -5}, position).size() == 2 ? 1 : 0;
        }
        assertThat(applied / 10_000.0).isCloseTo(0.3, within(0.02));
    }

    /** Any settings in any order leave at least one token, probabilities that sum to 1, and the same when asked again. */
    @Test
    void anySettingsLeaveADistribution() {
        for (long seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            float[] logits = gaussian(random, 1 + random.nextInt(400), Math.pow(10, random.nextInt(5) - 2));
            if (random.nextBoolean()) {
                for (int i = 1; i < logits.length; i++) {
                    logits[i] = random.nextInt(3) == 0 ? Float.NEGATIVE_INFINITY : Math.round(logits[i]);
                }
            }
            Settings s = any(random);
            int[] before = random.ints(random.nextInt(60), 0, logits.length).toArray();
            Map<Integer, Double> left = Golden.left(sampling(s), logits.clone(), before, 0, 1000);
            assertThat(left).as("seed %d, %s", seed, s).isNotEmpty();
            assertThat(left.values().stream().mapToDouble(p -> p).sum())
                    .as("seed %d, %s", seed, s)
                    .isCloseTo(1, within(1e-9));
            Sampling sampling = Sampling.of(s, Set.of(), Dry.Breakers.NONE, seed);
            int id = new Sampler(sampling, 0, 1000, new Scratch()).next(logits.clone(), before, before.length);
            assertThat(new Sampler(sampling, 0, 1000, new Scratch()).next(logits.clone(), before, before.length))
                    .isEqualTo(id);
            assertThat(left).as("seed %d, %s", seed, s).containsKey(id);
        }
    }

    private static Settings any(Random random) {
        Settings s = DRAW.with(TEMPERATURE, 0.05 + 3 * random.nextDouble())
                .with(ORDER, random.nextBoolean() ? Order.HF : Order.LLAMA)
                .with(XTC_PROBABILITY, random.nextInt(3) == 0 ? 1.0 : 0.0);
        s = random.nextBoolean() ? s.with(TOP_K, random.nextInt(50)) : s;
        s = random.nextBoolean() ? s.with(TOP_P, 1e-9 + random.nextDouble() * 0.999) : s;
        s = random.nextBoolean() ? s.with(MIN_P, random.nextDouble()) : s;
        s = random.nextBoolean() ? s.with(TYPICAL_P, 1e-9 + random.nextDouble() * 0.999) : s;
        s = random.nextBoolean() ? s.with(TOP_H, 1e-9 + random.nextDouble() * 0.999) : s;
        s = random.nextBoolean() ? s.with(TOP_N_SIGMA, 3 * random.nextDouble()) : s;
        s = random.nextBoolean() ? s.with(EPSILON_CUTOFF, random.nextDouble()) : s;
        s = random.nextBoolean() ? s.with(ETA_CUTOFF, random.nextDouble()) : s;
        s = random.nextBoolean() ? s.with(REPEAT_PENALTY, 0.5 + random.nextDouble()) : s;
        s = random.nextBoolean() ? s.with(PRESENCE_PENALTY, random.nextGaussian()) : s;
        return random.nextBoolean() ? s.with(DRY_MULTIPLIER, random.nextDouble()) : s;
    }

    private static float[] gaussian(Random random, int n, double scale) {
        float[] out = new float[n];
        for (int i = 0; i < n; i++) {
            out[i] = (float) (scale * random.nextGaussian());
        }
        return out;
    }

    /** A filter that was applied leaves what it left when it is applied again, where its definition says so. */
    @Test
    void filtersOfTheLikeliestAreIdempotent() {
        for (Step.Filter f : List.of(new TopK(7), new MinP(0.1), new TopNSigma(0))) {
            Candidates left = new Candidates();
            left.reset(gaussian(new Random(3), 200, 2));
            f.apply(left, 0);
            Map<Integer, Double> once = Golden.probabilities(left);
            f.apply(left, 0);
            assertThat(Golden.probabilities(left)).as("%s", f).isEqualTo(once);
        }
    }

    /** Filters that ask only for rank, or relative to the likeliest, may come in any order. */
    @Test
    void filtersByRankCommute() {
        for (long seed = 0; seed < 50; seed++) {
            float[] logits = gaussian(new Random(seed), 500, 3);
            List<Step.Filter> filters = new ArrayList<>(List.of(new TopK(30), new MinP(0.05), new Temperature(1.0)));
            Map<Integer, Double> expected = apply(logits, filters);
            assertThat(apply(logits, filters.reversed())).as("seed %d", seed).isEqualTo(expected);
        }
    }

    private static Map<Integer, Double> apply(float[] logits, List<Step.Filter> filters) {
        Candidates left = new Candidates();
        left.reset(logits);
        filters.forEach(f -> f.apply(left, 0));
        return Golden.probabilities(left);
    }

    @Test
    void theOrderOfTemperatureAndTopPMatters() {
        float[] logits = {3, 2, 1, 0};
        Settings s = Settings.NONE.with(TEMPERATURE, 3.0).with(TOP_P, 0.6);
        assertThat(Golden.left(sampling(s), logits.clone(), new int[0], 0, 9)).hasSize(2);
        assertThat(Golden.left(sampling(s.with(ORDER, Order.LLAMA)), logits.clone(), new int[0], 0, 9))
                .hasSize(1);
    }

    @Test
    void narrowSettingsOnALargeVocabularyAgreeWithAFullSort() {
        long seed = 11;
        float[] logits = gaussian(new Random(seed), 50_000, 3);
        for (Settings s : List.of(
                DRAW.with(TEMPERATURE, 0.7).with(TOP_P, 0.95),
                DRAW.with(TEMPERATURE, 5.0).with(TOP_P, 0.9),
                DRAW.with(TOP_K, 40).with(TOP_P, 0.9).with(MIN_P, 0.05),
                DRAW.with(MIN_P, 1e-4).with(TOP_P, 0.99).with(TOP_K, 20_000),
                DRAW.with(XTC_PROBABILITY, 1.0).with(XTC_THRESHOLD, 1e-4))) {
            Candidates found = new Sampler(sampling(s), 0, 9, new Scratch()).filter(logits, 0);
            Integer[] order = new Integer[logits.length];
            Arrays.setAll(order, i -> i);
            Arrays.sort(order, (a, b) -> Float.compare(logits[b], logits[a]));
            int first = s.has(XTC_PROBABILITY) ? logits.length - found.size() : 0;
            for (int i = 0; found.ranked(i); i++) {
                assertThat(found.idAt(i)).as("seed %d, %s, rank %d", seed, s, i).isEqualTo(order[first + i]);
            }
        }
    }

    /** Penalties, n-grams and DRY against what their definitions say word for word. */
    @Test
    void processorsAgreeWithTheirDefinitions() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int vocabulary = 3 + random.nextInt(6);
            int[] t = random.ints(random.nextInt(60), 0, vocabulary).toArray();
            int size = 1 + random.nextInt(4);
            float[] logits = new float[vocabulary];
            History h = new History(t, t.length, t.length, 1000, new Scratch());
            new NoRepeatNgram(size).apply(logits, h);
            Set<List<Integer>> seen = ngrams(t, size);
            for (int id = 0; id < vocabulary; id++) {
                boolean banned = t.length >= size - 1 && seen.contains(next(t, size, id));
                assertThat(logits[id] == Float.NEGATIVE_INFINITY)
                        .as("seed %d, id %d", seed, id)
                        .isEqualTo(banned);
            }
            float[] dry = new float[vocabulary];
            new Dry(1, 2, 2, -1, Dry.Breakers.NONE).apply(dry, h);
            for (int id = 0; id < vocabulary; id++) {
                int longest = longestRepeat(t, id);
                assertThat((double) dry[id])
                        .as("seed %d, id %d", seed, id)
                        .isEqualTo(longest >= 2 ? -Math.pow(2, longest - 2) : 0);
            }
        }
    }

    private static Set<List<Integer>> ngrams(int[] t, int size) {
        return java.util.stream.IntStream.rangeClosed(0, t.length - size)
                .mapToObj(i -> Arrays.stream(t, i, i + size).boxed().toList())
                .collect(Collectors.toSet());
    }

    private static List<Integer> next(int[] t, int size, int id) {
        List<Integer> out = new ArrayList<>(
                Arrays.stream(t, t.length - size + 1, t.length).boxed().toList());
        out.add(id);
        return out;
    }

    /** How many of the last tokens stand before an earlier {@code id} too. */
    private static int longestRepeat(int[] t, int id) {
        int longest = 0;
        for (int at = 1; at < t.length; at++) {
            int n = 0;
            while (t[at] == id && n < at && t[at - 1 - n] == t[t.length - 1 - n]) {
                n++;
            }
            longest = Math.max(longest, n);
        }
        return longest;
    }

    @Test
    void frequencyAndPresenceCountTheAnswerOrTheWindow() {
        Settings s = DRAW.with(FREQUENCY_PENALTY, 1.0).with(PRESENCE_PENALTY, 0.5);
        int[] tokens = {0, 0, 1, 2, 2};
        float[] hf = new float[4];
        new Sampler(sampling(s), 2, 100, new Scratch()).process(hf, tokens, 5);
        assertThat(hf).containsExactly(0, -1.5f, -2.5f, 0);
        float[] llama = new float[4];
        new Sampler(sampling(s.with(ORDER, Order.LLAMA).with(REPEAT_LAST_N, 4)), 2, 100, new Scratch())
                .process(llama, tokens, 5);
        assertThat(llama).containsExactly(-1.5f, -1.5f, -2.5f, 0);
    }

    @Test
    void greedyTakesTheFirstOfEqualsAndObeysBiasAndBans() {
        assertThat(greedy(Settings.NONE)).isEqualTo(1);
        assertThat(greedy(Settings.NONE.with(LOGIT_BIAS, Map.of(1, Double.NEGATIVE_INFINITY))))
                .isEqualTo(2);
        assertThat(greedy(Settings.NONE.with(LOGIT_BIAS, Map.of(0, 100.0)))).isZero();
        assertThatThrownBy(() -> greedy(Settings.NONE.with(LOGIT_BIAS, Map.of(9, 1.0))))
                .hasMessageContaining("logit-bias")
                .hasMessageContaining("id 9");
    }

    private static int greedy(Settings s) {
        return new Sampler(sampling(s), 0, 100, new Scratch()).next(new float[] {1, 3, 3}, new int[0], 0);
    }

    @Test
    void refusesWhatCannotBe() {
        assertThatThrownBy(() -> DRAW.with(TEMPERATURE, -1.0)).isInstanceOf(JandaiaException.class);
        assertThatThrownBy(() -> DRAW.with(TEMPERATURE, Double.NaN)).hasMessageContaining("temperature");
        assertThatThrownBy(() -> DRAW.with(TOP_P, 0.0)).hasMessageContaining("top-p is 0");
        assertThatThrownBy(() -> DRAW.with(LOGIT_BIAS, Map.of(3, 101.0))).hasMessageContaining("logit-bias");
        assertThatThrownBy(() -> sampling(DRAW.with(BEAMS, 2))).hasMessageContaining("beams to 1");
        assertThatThrownBy(() -> sampling(Settings.NONE.with(BEAMS, 2).with(RETURNED_BEAMS, 3)))
                .hasMessageContaining("num-return-sequences");
        assertThatThrownBy(() -> sampling(Settings.NONE.with(MIROSTAT, 2))).hasMessageContaining("temperature");
    }

    @Test
    void logitsThatAreNoNumbersEndWithAnError() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            for (Settings s : List.of(Settings.NONE, DRAW, DRAW.with(TOP_K, 1))) {
                assertThatThrownBy(() ->
                                new Sampler(sampling(s), 0, 9, new Scratch()).next(new float[] {0, bad}, new int[0], 0))
                        .hasMessageContaining("not a number");
            }
        }
        float none = Float.NEGATIVE_INFINITY;
        assertThatThrownBy(() ->
                        new Sampler(sampling(DRAW), 0, 9, new Scratch()).next(new float[] {none, none}, new int[0], 0))
                .hasMessageContaining("banned");
        int id = new Sampler(sampling(DRAW.with(REMOVE_INVALID, true).with(TOP_K, 1)), 0, 9, new Scratch())
                .next(new float[] {Float.NaN, 3, none}, new int[0], 0);
        assertThat(id).isEqualTo(1);
    }

    @Test
    void logProbabilitiesAreOfTheModelsOwnLogits() {
        float[] logits = {0, 2, 1, -1};
        LogProbs raw = LogProbs.of(logits, 2, new Scratch());
        new Sampler(sampling(DRAW.with(LOGIT_BIAS, Map.of(1, -50.0))), 0, 9, new Scratch()).next(logits, new int[0], 0);
        double normalizer = Math.log(1 + Math.exp(2) + Math.exp(1) + Math.exp(-1));
        assertThat(raw.of(3).logProb()).isCloseTo(-1 - normalizer, within(1e-12));
        assertThat(raw.of(3).top()).extracting(LogProbs.Alternative::id).containsExactly(1, 2);
        assertThat(raw.of(3).top().getFirst().logProb()).isCloseTo(2 - normalizer, within(1e-12));
    }

    @Test
    void saysWhatIsInEffectInOrder() {
        Settings s = DRAW.with(TEMPERATURE, 0.7)
                .with(TOP_K, 40)
                .with(REPEAT_PENALTY, 1.1)
                .with(TOP_P, 1.0);
        assertThat(Sampling.of(s, Set.of(), Dry.Breakers.NONE, 7))
                .hasToString("order hf: repeat-penalty 1.1, temperature 0.7, top-k 40, seed 7");
        assertThat(Sampling.of(s.with(ORDER, Order.LLAMA), Set.of(), Dry.Breakers.NONE, 7))
                .hasToString("order llama: repeat-penalty 1.1, repeat-last-n 64, top-k 40, temperature 0.7, seed 7");
        assertThat(Sampling.GREEDY).hasToString("order hf: temperature 0");
    }
}
