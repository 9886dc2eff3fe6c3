package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import org.jspecify.annotations.Nullable;

/**
 * Rotary positions (Su et al. 2021): pair i of a head turns by {@code position * base^(-2i / rotary)}, changed by a
 * scaling.
 *
 * @param rotary how many numbers of a head turn
 * @param interleaved whether pairs are neighbours {@code (2i, 2i + 1)} or halves {@code (i, i + rotary / 2)}
 * @param factors divides the frequency of each pair, as files that carry a {@code rope_freqs} tensor ask for
 */
public record RopeSpec(double base, int rotary, boolean interleaved, Scaling scaling, float @Nullable [] factors) {

    /** The same with pairs that are neighbours. */
    public RopeSpec inPairs() {
        return new RopeSpec(base, rotary, true, scaling, factors);
    }

    /** The same, with a ramp of YaRN that need not begin and end at whole pairs. */
    public RopeSpec untruncated() {
        return scaling instanceof Yarn y
                ? new RopeSpec(
                        base,
                        rotary,
                        interleaved,
                        new Yarn(y.factor, y.betaFast, y.betaSlow, y.original, y.attentionFactor, false),
                        factors)
                : this;
    }

    /** FORMAT when its numbers cannot be those of a model. */
    void validate() {
        check("base", base, base > 0, "a number above 0");
        check("rotary dimension", rotary, rotary >= 2 && rotary % 2 == 0, "an even number from 2 on");
        if (scaling instanceof LongRope l
                && (l.shortFactors.length != rotary / 2 || l.longFactors.length != rotary / 2)) {
            throw JandaiaException.format("The configuration has " + l.shortFactors.length + " short and "
                    + l.longFactors.length + " long rotary factors; expected " + rotary / 2 + " each.");
        }
    }

    private static void check(String what, double value, boolean good, String expected) {
        if (!good || Double.isInfinite(value)) {
            throw JandaiaException.format("The configuration's rotary positions have a " + what + " of " + value
                    + "; expected " + expected + ".");
        }
    }

    private static void checkFactor(double factor) {
        check("scaling factor", factor, factor >= 1, "a number from 1 on");
    }

    private static void checkOriginal(int original) {
        check("original context", original, original > 0, "a number above 0");
    }

    /** How frequencies are changed so that the model reaches further than it was trained for. */
    public sealed interface Scaling {}

    /** As trained. */
    public record None() implements Scaling {}

    /** Positions are divided by the factor (Chen et al. 2023). */
    public record Linear(double factor) implements Scaling {
        public Linear {
            checkFactor(factor);
        }
    }

    /**
     * The base grows with the length once a sequence is longer than {@code original} ("NTK-aware", as transformers
     * computes it from the length of the prompt).
     */
    public record Dynamic(double factor, int original) implements Scaling {
        public Dynamic {
            checkFactor(factor);
            checkOriginal(original);
        }
    }

    /** Long waves are stretched by the factor, short ones kept, those between are blended (Llama 3.1). */
    public record Llama3(double factor, double lowFactor, double highFactor, int original) implements Scaling {
        public Llama3 {
            checkFactor(factor);
            checkOriginal(original);
            check("low_freq_factor", lowFactor, lowFactor > 0, "a number above 0");
            check(
                    "high_freq_factor",
                    highFactor,
                    highFactor > lowFactor,
                    "a number above low_freq_factor " + lowFactor);
        }
    }

    /** Blends by how often a pair turns within {@code original} positions (YaRN, Peng et al. 2023). */
    public record Yarn(
            double factor, double betaFast, double betaSlow, int original, double attentionFactor, boolean truncate)
            implements Scaling {
        public Yarn {
            checkFactor(factor);
            checkOriginal(original);
            check("beta_fast", betaFast, betaFast > 0, "a number above 0");
            check("beta_slow", betaSlow, betaSlow > 0, "a number above 0");
            check("attention factor", attentionFactor, attentionFactor > 0, "a number above 0");
        }
    }

    /**
     * A factor of its own for each pair, which its frequency is divided by: other ones in sequences longer than
     * {@code original} (LongRoPE, Ding et al. 2024).
     */
    public record LongRope(float[] shortFactors, float[] longFactors, int original, double attentionFactor)
            implements Scaling {
        public LongRope {
            checkOriginal(original);
            check("attention factor", attentionFactor, attentionFactor > 0, "a number above 0");
        }
    }

    /** Whether the same position may turn differently in a longer sequence. */
    public boolean dependsOnLength() {
        return scaling instanceof Dynamic || scaling instanceof LongRope;
    }

    /** What cosines and sines are multiplied with. */
    public float magnitude() {
        return switch (scaling) {
            case Yarn y -> (float) y.attentionFactor;
            case LongRope l -> (float) l.attentionFactor;
            default -> 1f;
        };
    }

    /**
     * The frequency of each pair, radians per position.
     *
     * @param length positions of the whole sequence; only {@link Dynamic} asks
     * @return {@code rotary / 2} numbers
     */
    public float[] frequencies(int length) {
        float[] f = new float[rotary / 2];
        double b = base;
        if (scaling instanceof Dynamic d && length > d.original) {
            b = base * Math.pow(d.factor * length / d.original - (d.factor - 1), rotary / (rotary - 2.0));
        }
        for (int i = 0; i < f.length; i++) {
            double inverse = Math.pow(b, -2.0 * i / rotary);
            double scaled = scaled(inverse, i, length);
            f[i] = (float) (factors == null ? scaled : scaled / factors[i]);
        }
        return f;
    }

    /** What the frequency of each pair is divided by, for files that state it so. */
    public float[] stretches() {
        float[] out = new float[rotary / 2];
        for (int i = 0; i < out.length; i++) {
            double frequency = Math.pow(base, -2.0 * i / rotary);
            out[i] = (float) (frequency / scaled(frequency, i, 1) * (factors == null ? 1 : factors[i]));
        }
        return out;
    }

    private double scaled(double frequency, int pair, int length) {
        return switch (scaling) {
            case None n -> frequency;
            case Dynamic d -> frequency;
            case Linear l -> frequency / l.factor;
            case Llama3 l -> llama3(frequency, l);
            case Yarn y -> yarn(frequency, pair, y);
            case LongRope l -> frequency / (length > l.original ? l.longFactors : l.shortFactors)[pair];
        };
    }

    private static double llama3(double frequency, Llama3 s) {
        double wave = 2 * Math.PI / frequency;
        double low = s.original / s.lowFactor;
        double high = s.original / s.highFactor;
        if (wave > low) {
            return frequency / s.factor;
        }
        if (wave < high) {
            return frequency;
        }
        double smooth = (s.original / wave - s.lowFactor) / (s.highFactor - s.lowFactor);
        return (1 - smooth) * frequency / s.factor + smooth * frequency;
    }

    private double yarn(double frequency, int pair, Yarn y) {
        double from = turningPair(y.betaFast, y.original);
        double to = turningPair(y.betaSlow, y.original);
        if (y.truncate) {
            from = Math.floor(from);
            to = Math.ceil(to);
        }
        from = Math.max(from, 0);
        to = Math.min(to, rotary - 1);
        if (from == to) {
            to += 0.001;
        }
        double ramp = Math.clamp((pair - from) / (to - from), 0.0, 1.0);
        return frequency / y.factor * ramp + frequency * (1 - ramp);
    }

    /** The pair that turns {@code turns} times within {@code positions}. */
    private double turningPair(double turns, int positions) {
        return rotary * Math.log(positions / (turns * 2 * Math.PI)) / (2 * Math.log(base));
    }
}
