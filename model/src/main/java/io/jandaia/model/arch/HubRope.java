package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.RopeSpec.Dynamic;
import io.jandaia.model.arch.RopeSpec.Linear;
import io.jandaia.model.arch.RopeSpec.Llama3;
import io.jandaia.model.arch.RopeSpec.LongRope;
import io.jandaia.model.arch.RopeSpec.None;
import io.jandaia.model.arch.RopeSpec.Scaling;
import io.jandaia.model.arch.RopeSpec.Yarn;
import io.jandaia.model.format.Config;

/**
 * Rotary positions as config.json files state them: {@code rope_theta} and {@code rope_scaling} until 2025,
 * {@code rope_parameters} since; the kind under {@code type} or {@code rope_type}.
 */
final class HubRope {

    private HubRope() {}

    static RopeSpec of(Config config, int headDim, int positions) {
        return of(config, headDim, positions, "partial_rotary_factor", 1, "rope_theta");
    }

    /**
     * For families whose older configurations have names of their own.
     *
     * @param partKey the part of a head that is rotated
     * @param part that part where the configuration does not say
     */
    static RopeSpec of(Config config, int headDim, int positions, String partKey, double part, String baseKey) {
        boolean current = config.has("rope_parameters");
        Config scaling = config.childOrEmpty(current ? "rope_parameters" : "rope_scaling");
        return of(config, scaling, headDim, positions, partKey, part, baseKey);
    }

    /** For layers of one type, where {@code rope_parameters} tells types apart. */
    static RopeSpec ofType(Config config, String layerType, int headDim, int positions) {
        Config all = config.childOrEmpty("rope_parameters");
        return all.has(layerType)
                ? of(config, all.child(layerType), headDim, positions, "partial_rotary_factor", 1, "rope_theta")
                : of(config, headDim, positions);
    }

    private static RopeSpec of(
            Config config, Config scaling, int headDim, int positions, String partKey, double part, String baseKey) {
        double base = scaling.has("rope_theta") ? scaling.number("rope_theta") : config.number(baseKey, 10000);
        double rotated = scaling.number("partial_rotary_factor", config.number(partKey, part));
        int rotary = (int) (headDim * rotated);
        if (scaling.has("alpha")) {
            // Hunyuan: "dynamic" with an alpha is a larger base for every length.
            double alpha = scaling.number("alpha");
            scaling.ignore("type", "rope_type", "factor", "beta_fast", "beta_slow", "mscale", "mscale_all_dim");
            return new RopeSpec(base * Math.pow(alpha, rotary / (rotary - 2.0)), rotary, false, new None(), null);
        }
        return new RopeSpec(base, rotary, false, scaling(scaling, config, positions), null);
    }

    /** The positions a sequence may have: what the scaling reaches, or the {@code positions} that the configuration states. */
    static int reach(RopeSpec rope, int positions) {
        double reach = switch (rope.scaling()) {
            case None n -> positions;
            case Linear l -> positions * l.factor();
            case Dynamic d -> d.original() * d.factor();
            case Llama3 l -> positions;
            case LongRope l -> positions;
            case Yarn y -> Math.max(positions, y.original() * y.factor());
        };
        return (int) Math.min(reach, Integer.MAX_VALUE);
    }

    private static Scaling scaling(Config s, Config config, int positions) {
        String type = s.string("rope_type", s.string("type", "default"));
        int original =
                s.size("original_max_position_embeddings", config.size("original_max_position_embeddings", positions));
        return switch (type) {
            case "default" -> new None();
            case "linear" -> new Linear(s.number("factor"));
            case "dynamic" -> new Dynamic(s.number("factor"), positions);
            case "llama3" ->
                new Llama3(s.number("factor"), s.number("low_freq_factor"), s.number("high_freq_factor"), original);
            case "yarn" -> yarn(s, original, positions);
            case "longrope", "su" -> longer(s, original, positions);
            default ->
                throw JandaiaException.unsupported("The configuration scales positions by '" + type
                        + "'; this version knows default, linear, dynamic, llama3, yarn and longrope.");
        };
    }

    private static LongRope longer(Config s, int original, int positions) {
        double factor = s.number("factor", (double) positions / original);
        double attention = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
        return new LongRope(
                floats(s.numbers("short_factor")),
                floats(s.numbers("long_factor")),
                original,
                s.number("attention_factor", attention));
    }

    private static float[] floats(double[] numbers) {
        float[] out = new float[numbers.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) numbers[i];
        }
        return out;
    }

    private static Yarn yarn(Config s, int original, int positions) {
        double factor = s.number("factor", (double) positions / original);
        double mscale = s.number("mscale", 0);
        double mscaleAll = s.number("mscale_all_dim", 0);
        double attention = mscale != 0 && mscaleAll != 0
                ? magnitude(factor, mscale) / magnitude(factor, mscaleAll)
                : magnitude(factor, 1);
        return new Yarn(
                factor,
                s.number("beta_fast", 32),
                s.number("beta_slow", 1),
                original,
                s.number("attention_factor", attention),
                s.flag("truncate", true));
    }

    static double magnitude(double factor, double scale) {
        return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
    }
}
