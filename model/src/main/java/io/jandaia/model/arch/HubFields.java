package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.arch.ExpertsSpec.Routing;
import io.jandaia.model.arch.ExpertsSpec.Score;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.LongStream;

/** The fields that config.json files of Llama's relatives have in common, under the names of all years. */
record HubFields(Config config) {

    /** Activations by the names that configurations use. */
    private static final Map<String, Activation> ACTIVATIONS = Map.ofEntries(
            Map.entry("silu", Activation.SILU),
            Map.entry("swish", Activation.SILU),
            Map.entry("gelu", Activation.GELU),
            Map.entry("gelu_python", Activation.GELU),
            Map.entry("gelu_new", Activation.GELU_TANH),
            Map.entry("gelu_fast", Activation.GELU_TANH),
            Map.entry("gelu_pytorch_tanh", Activation.GELU_TANH),
            Map.entry("gelu_accurate", Activation.GELU_TANH),
            Map.entry("quick_gelu", Activation.GELU_QUICK),
            Map.entry("relu", Activation.RELU),
            Map.entry("tanh", Activation.TANH),
            Map.entry("relu2", Activation.RELU_SQUARED));

    int vocabulary() {
        return config.size("vocab_size");
    }

    int dim() {
        return config.size(config.anyOf("hidden_size", "n_embd", "d_model"));
    }

    int layerCount() {
        return config.size(config.anyOf("num_hidden_layers", "n_layer", "n_layers", "num_layers"));
    }

    int heads() {
        return config.size(config.anyOf("num_attention_heads", "n_head", "n_heads", "num_heads"));
    }

    int kvHeads() {
        return config.size("num_key_value_heads", heads());
    }

    int headDim() {
        if (config.has("head_dim")) {
            return config.size("head_dim");
        }
        if (dim() % heads() != 0) {
            throw JandaiaException.format("The configuration has no head_dim, and a width of " + dim()
                    + " is not a multiple of " + heads() + " attention heads.");
        }
        return dim() / heads();
    }

    int inner() {
        return config.size("intermediate_size");
    }

    /** The activation under the first of these keys that is there; the first name is the usual one. */
    Activation activation(String otherwise, String... keys) {
        String key = config.anyOf(keys);
        String name = config.string(key, otherwise);
        Activation activation = ACTIVATIONS.get(name);
        if (activation == null) {
            throw JandaiaException.unsupported("The configuration's " + key + " is '" + name
                    + "'; this version knows "
                    + String.join(", ", ACTIVATIONS.keySet().stream().sorted().toList())
                    + ".");
        }
        return activation;
    }

    /** As Llama and most after it have it. */
    Activation activation() {
        return activation("silu", "hidden_act");
    }

    NormSpec rmsNorm() {
        return NormSpec.rms(config.number("rms_norm_eps", 1e-6));
    }

    NormSpec layerNorm(String key) {
        return NormSpec.layer(config.number(key, 1e-5));
    }

    /** Whether the head is the embedding, where the configuration does not say so itself. */
    boolean tiedHead(boolean otherwise) {
        return config.flag("tie_word_embeddings", otherwise);
    }

    /** A decoder of the usual outside: an embedding, layers, a norm, a head that is not tied unless said. */
    DecoderSpec decoder(NormSpec finalNorm, IntFunction<LayerSpec> layer) {
        return decoder(EmbeddingSpec.of(dim()), finalNorm, HeadSpec.of(tiedHead(false)), layer);
    }

    DecoderSpec decoder(EmbeddingSpec embedding, NormSpec finalNorm, HeadSpec head, IntFunction<LayerSpec> layer) {
        return new DecoderSpec(
                vocabulary(),
                dim(),
                contextLength(),
                embedding,
                DecoderSpec.layers(layerCount(), layer),
                finalNorm,
                head);
    }

    /** Grouped attention with rotary positions. */
    AttentionSpec attention() {
        return AttentionSpec.of(heads(), kvHeads(), headDim()).rope(rope());
    }

    RopeSpec rope() {
        return HubRope.of(config, headDim(), positions());
    }

    /** The rotary positions of layers of one type, where the configuration tells them apart. */
    RopeSpec rope(String layerType) {
        return HubRope.ofType(config, layerType, headDim(), positions());
    }

    /**
     * The rotary positions of layers with a window, where they differ from the others': under their own type, or as older
     * configurations have them, not scaled and with {@code rope_local_base_freq}.
     */
    RopeSpec localRope() {
        if (config.childOrEmpty("rope_parameters").has("sliding_attention")) {
            return rope("sliding_attention");
        }
        RopeSpec global = rope("full_attention");
        double base = config.number("rope_local_base_freq", global.base());
        return new RopeSpec(base, global.rotary(), global.interleaved(), new RopeSpec.None(), null);
    }

    /** The positions a sequence may have: what the scaling reaches, or what the configuration states. */
    int contextLength() {
        return HubRope.reach(rope("full_attention"), positions());
    }

    /** The positions that the configuration states. */
    int positions() {
        return config.size(config.anyOf("max_position_embeddings", "n_positions", "max_seq_len", "seq_length"), 2048);
    }

    /** A window over all layers; 0 where the configuration has none. */
    int window() {
        return Math.max(0, config.whole("sliding_window", 0));
    }

    /**
     * Qwen's windows: only with {@code use_sliding_window}; the layers are named by {@code layer_types}, or are those from
     * {@code max_window_layers} on.
     */
    int[] qwenWindows() {
        boolean use = config.flag("use_sliding_window", false);
        long first = config.integer("max_window_layers", 28);
        return windows(i -> use && i >= first);
    }

    /**
     * The window of each layer, 0 = none: by {@code layer_types}, and where the configuration has none as {@code sliding} says.
     */
    int[] windows(IntPredicate sliding) {
        int window = window();
        List<String> types = layerTypes();
        int[] windows = new int[layerCount()];
        for (int i = 0; i < windows.length; i++) {
            boolean slides = types.isEmpty() ? sliding.test(i) : sliding(types.get(i));
            if (slides && window <= 0) {
                throw JandaiaException.format(
                        "Layer " + i + " slides over a window, but the configuration has no sliding_window.");
            }
            windows[i] = slides ? window : 0;
        }
        return windows;
    }

    /** {@code layer_types}, one for each layer; empty where the configuration has none. */
    List<String> layerTypes() {
        List<String> types = config.has("layer_types") ? config.strings("layer_types") : List.of();
        if (!types.isEmpty() && types.size() != layerCount()) {
            throw JandaiaException.format("The configuration has " + types.size() + " layer_types for " + layerCount()
                    + " layers; expected one for each.");
        }
        return types;
    }

    static boolean sliding(String layerType) {
        return switch (layerType) {
            case "full_attention" -> false;
            case "sliding_attention" -> true;
            default ->
                throw JandaiaException.unsupported("The configuration has a layer of type '" + layerType
                        + "'; this family knows full_attention and sliding_attention.");
        };
    }

    /** The experts of Qwen's models. */
    ExpertsSpec qwenExperts() {
        config.ignore("router_aux_loss_coef", "output_router_logits");
        return ExpertsSpec.of(
                config.size(config.anyOf("num_experts", "num_local_experts")),
                config.size("num_experts_per_tok"),
                MlpSpec.gated(activation(), config.size("moe_intermediate_size")),
                Routing.best(Score.SOFTMAX, config.flag("norm_topk_prob", false)));
    }

    /** Which of Qwen's layers have experts: every n-th, those without that are listed. */
    boolean[] qwenSparseLayers() {
        long[] dense = config.has("mlp_only_layers") ? config.integers("mlp_only_layers") : new long[0];
        int step = config.size("decoder_sparse_step", 1);
        boolean[] sparse = new boolean[layerCount()];
        for (int i = 0; i < sparse.length; i++) {
            int layer = i;
            sparse[i] = (i + 1) % step == 0 && LongStream.of(dense).noneMatch(d -> d == layer);
        }
        return sparse;
    }

    /** The experts of DeepSeek V3 and what follows it: a sigmoid each, corrected, chosen by groups, one for all beside them. */
    ExpertsSpec deepSeekExperts() {
        MlpSpec expert = MlpSpec.gated(activation(), config.size("moe_intermediate_size"));
        Routing routing = Routing.best(Score.SIGMOID, config.flag("norm_topk_prob", true))
                .corrected()
                .grouped(config.size("n_group", 1), config.size("topk_group", 1), 2)
                .scaled(config.number("routed_scaling_factor", 1));
        int shared = expert.inner() * config.size("n_shared_experts", 1);
        return ExpertsSpec.of(
                        config.size(config.anyOf("n_routed_experts", "num_local_experts")),
                        config.size("num_experts_per_tok"),
                        expert,
                        routing)
                .shared(MlpSpec.gated(activation(), shared), false);
    }

    /**
     * DeepSeek's attention. With YaRN its scores grow by the square of a magnitude of their own.
     *
     * @param pairs whether rotated pairs are neighbours
     */
    LatentAttentionSpec latentAttention(boolean pairs) {
        RopeSpec halves = HubRope.of(config, config.size("qk_rope_head_dim"), positions());
        int plain = config.size("qk_nope_head_dim");
        double scale = Math.pow(plain + halves.rotary(), -0.5);
        if (halves.scaling() instanceof RopeSpec.Yarn yarn) {
            boolean current = config.has("rope_parameters");
            double all =
                    config.child(current ? "rope_parameters" : "rope_scaling").number("mscale_all_dim", 0);
            scale *= all == 0 ? 1 : Math.pow(HubRope.magnitude(yarn.factor(), all), 2);
        }
        return new LatentAttentionSpec(
                heads(),
                config.has("q_lora_rank") ? config.size("q_lora_rank") : 0,
                config.size("kv_lora_rank"),
                plain,
                pairs ? halves.inPairs() : halves,
                config.size("v_head_dim"),
                NormSpec.rms(1e-6), // whatever the other norms have
                config.flag("attention_bias", false),
                (float) scale);
    }
}
