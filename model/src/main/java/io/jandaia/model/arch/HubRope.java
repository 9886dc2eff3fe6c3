package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.RopeSpec.Dynamic;
import io.jandaia.model.arch.RopeSpec.Linear;
import io.jandaia.model.arch.RopeSpec.Llama3;
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
        double base =
                current && scaling.has("rope_theta") ? scaling.number("rope_theta") : config.number(baseKey, 10000);
        double rotated = scaling.number("partial_rotary_factor", config.number(partKey, part));
        return new RopeSpec(base, (int) (headDim * rotated), false, scaling(scaling, config, positions), null);
    }

    /** The positions a sequence may have: what the scaling reaches, or the {@code positions} that the configuration states. */
    static int reach(Config config, int positions) {
        Scaling scaling = of(config, 2, positions).scaling();
        double reach = switch (scaling) {
            case None n -> positions;
            case Linear l -> positions * l.factor();
            case Dynamic d -> d.original() * d.factor();
            case Llama3 l -> positions;
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
            default ->
                throw JandaiaException.unsupported("The configuration scales positions by '" + type
                        + "'; this version knows default, linear, dynamic, llama3 and yarn.");
        };
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
