package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.arch.RopeSpec.Linear;
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

    int layerCount() {
        return config.size("block_count");
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

    int inner() {
        return config.size("feed_forward_length");
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
        return AttentionSpec.of(heads(), kvHeads(), headDim())
                .rope(rope(interleaved))
                .bias(has("blk.0.attn_q.bias"), has("blk.0.attn_output.bias"));
    }

    RopeSpec rope(boolean interleaved) {
        int rotary = config.size("rope.dimension_count", headDim());
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
        return switch (type) {
            case "none" -> new None();
            case "linear" -> factor == 1 ? new None() : new Linear(factor);
            case "yarn" -> {
                double all = config.number("rope.scaling.yarn_log_multiplier", 0);
                if (all != 0) {
                    throw JandaiaException.unsupported("The GGUF file sets rope.scaling.yarn_log_multiplier to " + all
                            + "; this family expects 0.");
                }
                yield new Yarn(
                        factor,
                        config.number("rope.scaling.yarn_beta_fast", 32),
                        config.number("rope.scaling.yarn_beta_slow", 1),
                        original,
                        attention * HubRope.magnitude(factor, 1),
                        true);
            }
            default ->
                throw JandaiaException.unsupported(
                        "The GGUF file scales positions by '" + type + "'; this version knows none, linear and yarn.");
        };
    }
}
