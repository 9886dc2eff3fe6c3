package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.arch.ExpertsSpec.Routing;
import io.jandaia.model.arch.ExpertsSpec.Score;
import io.jandaia.model.arch.ExpertsSpec.Storage;
import io.jandaia.model.arch.RopeSpec.Linear;
import io.jandaia.model.arch.RopeSpec.LongRope;
import io.jandaia.model.arch.RopeSpec.None;
import io.jandaia.model.arch.RopeSpec.Scaling;
import io.jandaia.model.arch.RopeSpec.Yarn;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * The fields that GGUF files of decoders have in common. Keys are under the architecture's own prefix ({@code
 * llama.block_count}); some facts only show in the tensors.
 */
record GgufFields(Config config, Map<String, StoredTensor> tensors) {

    boolean has(String tensor) {
        return tensors.containsKey(tensor);
    }

    int vocabulary() {
        StoredTensor embedding = tensors.get("token_embd.weight");
        if (embedding == null || embedding.shape().length != 2) {
            throw JandaiaException.format("The GGUF file has no two-dimensional tensor 'token_embd.weight'.");
        }
        config.ignore("vocab_size"); // the embedding is what counts
        return Math.toIntExact(embedding.shape()[0]);
    }

    int dim() {
        return config.size("embedding_length");
    }

    /** Without layers for other uses, such as predicting several tokens. */
    int layerCount() {
        int spare = config.whole("nextn_predict_layers", 0);
        return config.size("block_count") - spare;
    }

    int contextLength() {
        return config.size("context_length");
    }

    int heads() {
        return config.size("attention.head_count");
    }

    int kvHeads() {
        return config.size("attention.head_count_kv", heads());
    }

    int headDim() {
        int key = config.size("attention.key_length", dim() / heads());
        int value = config.size("attention.value_length", key);
        if (key != value) {
            throw JandaiaException.unsupported("The GGUF file has keys of " + key + " and values of " + value
                    + " numbers; this family needs them equal.");
        }
        return key;
    }

    /** The rows of the first layer's up, which counts where the metadata says otherwise: gate and up together where fused. */
    int inner() {
        int stated = config.size("feed_forward_length", 1);
        StoredTensor up = tensors.get("blk.0.ffn_up.weight");
        return up == null ? stated : Math.toIntExact(up.shape()[0]);
    }

    int window() {
        return Math.max(0, config.whole("attention.sliding_window", 0));
    }

    /** The rows of an expert's up in the first layer that has experts. */
    int expertInner() {
        int stated = config.size("expert_feed_forward_length", config.size("feed_forward_length", 1));
        for (int i = 0; i < layerCount(); i++) {
            StoredTensor up = tensors.get("blk." + i + ".ffn_up_exps.weight");
            if (up != null && up.shape().length == 3) {
                return Math.toIntExact(up.shape()[1]);
            }
        }
        return stated;
    }

    /** Experts in stacked tensors, with the one for all that the file has beside them. */
    ExpertsSpec experts(MlpSpec expert, Routing routing, boolean sharedGate) {
        ExpertsSpec experts = ExpertsSpec.of(
                        config.size("expert_count"), config.size("expert_used_count"), expert, routing)
                .stored(Storage.STACKED);
        config.ignore("expert_shared_count", "expert_shared_feed_forward_length");
        for (int i = 0; i < layerCount(); i++) {
            StoredTensor shared = tensors.get("blk." + i + ".ffn_up_shexp.weight");
            if (shared != null) {
                return experts.shared(
                        MlpSpec.gated(expert.activation(), Math.toIntExact(shared.shape()[0])), sharedGate);
            }
        }
        return experts;
    }

    /** How DeepSeek's and similar models route. {@code rank} is how many of a group's best are summed to rank it. */
    Routing routing(int rank) {
        long function = config.integer("expert_gating_func", 1);
        Score score = switch ((int) function) {
            case 0, 1 -> Score.SOFTMAX;
            case 2 -> Score.SIGMOID;
            default ->
                throw JandaiaException.unsupported(
                        "The GGUF file has expert_gating_func " + function + "; this version knows 1 and 2.");
        };
        Routing routing = Routing.best(score, config.flag("expert_weights_norm", false))
                .scaled(config.number("expert_weights_scale", 1));
        int groups = config.size("expert_group_count", 1);
        if (groups > 1) {
            routing = routing.grouped(groups, config.size("expert_group_used_count", 1), rank);
        }
        boolean corrected = tensors.keySet().stream().anyMatch(n -> n.endsWith(".exp_probs_b.bias"));
        return corrected ? routing.corrected() : routing;
    }

    /**
     * DeepSeek's attention. What metadata say of its widths has changed over the years, so they are taken from the tensors; the
     * factor by which YaRN makes scores grow is stated as a tenth of its exponent.
     */
    LatentAttentionSpec latentAttention() {
        int latent = config.size("attention.kv_lora_rank");
        int rotary = config.size("rope.dimension_count");
        int queryRank = config.whole("attention.q_lora_rank", 0);
        config.ignore("attention.key_length", "attention.value_length", "attention.head_count_kv");
        config.ignore("attention.key_length_mla", "attention.value_length_mla");
        int headDim =
                Math.toIntExact(shape(queryRank > 0 ? "blk.0.attn_q_b.weight" : "blk.0.attn_q.weight")[0]) / heads();
        int valueDim = Math.toIntExact(shape("blk.0.attn_output.weight")[1]) / heads();
        double log = config.number("rope.scaling.yarn_log_multiplier", 0);
        RopeSpec rope = rope(true, rotary);
        double scale = Math.pow(headDim, -0.5);
        if (rope.scaling() instanceof Yarn y && log > 0) {
            // Both of the model's magnitudes are the same, so that of cosines and sines is 1.
            scale *= Math.pow(1 + log * Math.log(y.factor()), 2);
            Yarn plain = new Yarn(y.factor(), y.betaFast(), y.betaSlow(), y.original(), 1, y.truncate());
            rope = new RopeSpec(rope.base(), rotary, true, plain, null);
        }
        return new LatentAttentionSpec(
                heads(), queryRank, latent, headDim - rotary, rope, valueDim, NormSpec.rms(1e-6), false, (float) scale);
    }

    private long[] shape(String name) {
        StoredTensor t = tensors.get(name);
        if (t == null || t.shape().length != 2) {
            throw JandaiaException.format("The GGUF file has no two-dimensional tensor '" + name + "'.");
        }
        return t.shape();
    }

    NormSpec rmsNorm() {
        return NormSpec.rms(config.number("attention.layer_norm_rms_epsilon", 1e-5));
    }

    NormSpec layerNorm() {
        return NormSpec.layer(config.number("attention.layer_norm_epsilon", 1e-5));
    }

    boolean tiedHead() {
        return !has("output.weight");
    }

    /** A decoder of the usual outside. */
    DecoderSpec decoder(NormSpec finalNorm, IntFunction<LayerSpec> layer) {
        return decoder(EmbeddingSpec.of(dim()), finalNorm, HeadSpec.of(tiedHead()), layer);
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

    /** Grouped attention with rotary positions and those biases that the file has. */
    AttentionSpec attention(boolean interleaved) {
        return attentionWithoutRope().rope(rope(interleaved));
    }

    AttentionSpec attentionWithoutRope() {
        return AttentionSpec.of(heads(), kvHeads(), headDim())
                .bias(has("blk.0.attn_q.bias"), has("blk.0.attn_output.bias"));
    }

    RopeSpec rope(boolean interleaved) {
        return rope(interleaved, config.size("rope.dimension_count", headDim()));
    }

    private RopeSpec rope(boolean interleaved, int rotary) {
        StoredTensor factors = tensors.get("rope_freqs.weight");
        if (factors != null && factors.count() != rotary / 2) {
            throw JandaiaException.format("Tensor 'rope_freqs.weight' has " + factors.count() + " numbers; expected "
                    + rotary / 2 + ", one for each pair.");
        }
        return new RopeSpec(
                config.number("rope.freq_base", 10000),
                rotary,
                interleaved,
                scaling(),
                factors == null ? null : factors.toFloats());
    }

    private Scaling scaling() {
        double old = config.number("rope.scale_linear", 0);
        String type = config.string("rope.scaling.type", old > 0 ? "linear" : "none");
        double factor = config.number("rope.scaling.factor", old > 0 ? old : 1);
        int original = config.size("rope.scaling.original_context_length", contextLength());
        config.ignore("rope.scaling.finetuned"); // says how the model was made, changes nothing
        double attention = config.number("rope.scaling.attn_factor", 1);
        StoredTensor longer = tensors.get("rope_factors_long.weight");
        StoredTensor shorter = tensors.get("rope_factors_short.weight");
        if (longer != null && shorter != null) {
            return new LongRope(shorter.toFloats(), longer.toFloats(), original, attention);
        }
        return switch (type) {
            case "none" -> new None();
            case "linear" -> factor == 1 ? new None() : new Linear(factor);
            case "yarn" ->
                new Yarn(
                        factor,
                        config.number("rope.scaling.yarn_beta_fast", 32),
                        config.number("rope.scaling.yarn_beta_slow", 1),
                        original,
                        attention * HubRope.magnitude(factor, 1),
                        true);
            default ->
                throw JandaiaException.unsupported(
                        "The GGUF file scales positions by '" + type + "'; this version knows none, linear and yarn.");
        };
    }
}
