package io.jandaia.bench;

import io.jandaia.model.sampling.Dry;
import io.jandaia.model.sampling.Order;
import io.jandaia.model.sampling.Sampler;
import io.jandaia.model.sampling.Sampling;
import io.jandaia.model.sampling.Scratch;
import io.jandaia.model.sampling.Setting;
import io.jandaia.model.sampling.Settings;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Chooses tokens of made-up logits on one thread and prints one Markdown row for each set of settings: microseconds a token,
 * best and median of {@value #ROUNDS} rounds of {@value #TOKENS} tokens after {@value #WARM_UP} that do not count. The logits fall off like those of a language
 * model: a normal distribution with a few tokens far above it. Before the token stand {@value #BEFORE} others.
 */
public final class SamplerBench {

    private static final int VOCABULARY = 152_000;
    private static final int BEFORE = 2000;
    private static final int WARM_UP = 5;
    private static final int ROUNDS = 15;
    private static final int TOKENS = 40;

    private SamplerBench() {}

    public static void main(String[] args) {
        Settings draw = Settings.NONE.with(Setting.TEMPERATURE, 0.7);
        Settings usual = draw.with(Setting.TOP_K, 40)
                .with(Setting.TOP_P, 0.95)
                .with(Setting.MIN_P, 0.05)
                .with(Setting.REPEAT_PENALTY, 1.1);
        Map<String, Settings> sets = new LinkedHashMap<>();
        sets.put("greedy", Settings.NONE);
        sets.put("temperature 0.7", draw);
        sets.put("temperature 0.7, top-k 40, top-p 0.95, min-p 0.05, repeat-penalty 1.1, order hf", usual);
        sets.put("the same, order llama", usual.with(Setting.ORDER, Order.LLAMA));
        sets.put("temperature 0.7, top-p 0.95", draw.with(Setting.TOP_P, 0.95));
        sets.put("temperature 0.7, min-p 0.05", draw.with(Setting.MIN_P, 0.05));
        sets.put("temperature 0.7, typical-p 0.95", draw.with(Setting.TYPICAL_P, 0.95));
        sets.put("temperature 0.7, eta-cutoff 0.001", draw.with(Setting.ETA_CUTOFF, 0.001));
        sets.put("temperature 0.7, mirostat 2", draw.with(Setting.MIROSTAT, 2));
        sets.put(
                "temperature 0.7, top-k 40, dry-multiplier 0.8",
                draw.with(Setting.TOP_K, 40).with(Setting.DRY_MULTIPLIER, 0.8));
        float[][] logits = logits(new Random(1));
        System.out.printf(
                Locale.ROOT, "| settings, on %d logits | best, µs a token | median |%n|---|---|---|%n", VOCABULARY);
        sets.forEach((name, s) -> measure(name, s, logits));
    }

    private static float[][] logits(Random random) {
        float[][] out = new float[TOKENS][VOCABULARY];
        for (float[] row : out) {
            for (int i = 0; i < row.length; i++) {
                row[i] = (float) (2.5 * random.nextGaussian());
            }
            for (int i = 0; i < 60; i++) {
                row[random.nextInt(row.length)] = (float) (18 - 4 * Math.log(1 + i) + random.nextGaussian());
            }
        }
        return out;
    }

    private static void measure(String name, Settings s, float[][] logits) {
        int[] before = new Random(2).ints(BEFORE + 1, 0, VOCABULARY / 50).toArray();
        Sampling sampling = Sampling.of(s, Set.of(), Dry.Breakers.NONE, 3);
        Scratch scratch = new Scratch();
        float[] row = new float[VOCABULARY];
        double[] tokens = new double[ROUNDS * TOKENS];
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            Sampler sampler = new Sampler(sampling, BEFORE, BEFORE + 100, scratch);
            for (int i = 0; i < TOKENS; i++) {
                System.arraycopy(logits[i], 0, row, 0, row.length);
                long start = System.nanoTime();
                sampler.next(row, before, BEFORE);
                if (round >= 0) {
                    tokens[round * TOKENS + i] = (System.nanoTime() - start) / 1e3;
                }
            }
        }
        Arrays.sort(tokens);
        System.out.printf(Locale.ROOT, "| %s | %.0f | %.0f |%n", name, tokens[0], tokens[tokens.length / 2]);
    }
}
