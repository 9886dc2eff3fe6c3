package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.format.Config;
import java.util.List;

/** The fields that config.json files of Llama's relatives have in common, under the names of all years. */
record HubFields(Config config) {

    int vocabulary() {
        return config.size("vocab_size");
    }

    int dim() {
        return config.size("hidden_size");
    }

    int layers() {
        return config.size("num_hidden_layers");
    }

    int heads() {
        return config.size("num_attention_heads");
    }

    int kvHeads() {
        return config.size("num_key_value_heads", heads());
    }

    int headDim() {
        if (config.has("head_dim")) {
            return config.size("head_dim");
        }
        if (dim() % heads() != 0) {
            throw JandaiaException.format("The configuration has no head_dim, and hidden_size " + dim()
                    + " is not a multiple of num_attention_heads " + heads() + ".");
        }
        return dim() / heads();
    }

    /** The inside of a feed-forward block, which must be gated by SiLU. */
    int inner() {
        String activation = config.string("hidden_act", "silu");
        if (!activation.equals("silu") && !activation.equals("swish")) {
            throw JandaiaException.unsupported(
                    "The configuration's hidden_act is '" + activation + "'; this family is computed with silu.");
        }
        return config.size("intermediate_size");
    }

    float normEps() {
        return (float) config.number("rms_norm_eps", 1e-6);
    }

    boolean tiedHead() {
        return config.flag("tie_word_embeddings", false);
    }

    RopeSpec rope() {
        return HubRope.of(config, headDim(), positions());
    }

    /** The positions a sequence may have: what the scaling reaches, or what the configuration states. */
    int contextLength() {
        double reach = switch (rope().scaling()) {
            case RopeSpec.None n -> positions();
            case RopeSpec.Linear l -> positions() * l.factor();
            case RopeSpec.Dynamic d -> d.original() * d.factor();
            case RopeSpec.Llama3 l -> positions();
            case RopeSpec.Yarn y -> Math.max(positions(), y.original() * y.factor());
        };
        return (int) Math.min(reach, Integer.MAX_VALUE);
    }

    private int positions() {
        return config.size("max_position_embeddings", 2048);
    }

    int[] noWindows() {
        return new int[layers()];
    }

    /**
     * Qwen's windows: only with {@code use_sliding_window}; the layers are named by {@code layer_types}, or are those from
     * {@code max_window_layers} on.
     */
    int[] qwenWindows() {
        boolean use = config.flag("use_sliding_window", false);
        int window = Math.toIntExact(config.integer("sliding_window", 0));
        long first = config.integer("max_window_layers", 28);
        List<String> types = config.has("layer_types") ? config.strings("layer_types") : List.of();
        int[] windows = new int[layers()];
        if (!types.isEmpty() && types.size() != windows.length) {
            throw JandaiaException.format("The configuration has " + types.size() + " layer_types for " + windows.length
                    + " layers; expected one for each.");
        }
        for (int i = 0; i < windows.length; i++) {
            boolean sliding = types.isEmpty() ? use && i >= first : sliding(types.get(i));
            if (sliding && window <= 0) {
                throw JandaiaException.format(
                        "Layer " + i + " slides over a window, but the configuration has no sliding_window.");
            }
            windows[i] = sliding ? window : 0;
        }
        return windows;
    }

    private static boolean sliding(String layerType) {
        return switch (layerType) {
            case "full_attention" -> false;
            case "sliding_attention" -> true;
            default ->
                throw JandaiaException.unsupported("The configuration has a layer of type '" + layerType
                        + "'; this family knows full_attention and sliding_attention.");
        };
    }
}
