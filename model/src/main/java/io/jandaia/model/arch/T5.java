package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.AttentionSpec.DistanceBuckets;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/**
 * T5 (Raffel et al. 2020), its version 1.1 and FLAN-T5: learned biases by classes of distance in place of positions, scores
 * that are not scaled, no biases on maps. Later versions have a gated feed-forward part and a head of their own.
 */
final class T5 implements EncoderDecoderFamily {

    /** Only distances are learned, so any length can be computed. */
    private static final int ANY_LENGTH = 1 << 24;

    private static final String HEAD = "lm_head";

    @Override
    public String hubName() {
        return "T5ForConditionalGeneration";
    }

    @Override
    public EncoderDecoderSpec fromHub(Config c, Map<String, StoredTensor> tensors) {
        HubFields f = new HubFields(c);
        // Some of these follow from others; some are the lengths of training.
        c.ignore("is_encoder_decoder", "dense_act_fn", "is_gated_act", "n_positions", "output_past");
        c.ignore("initializer_factor", "dropout_rate", "num_hidden_layers");
        int dim = c.size("d_model");
        int heads = c.size("num_heads");
        int headDim = c.size("d_kv");
        int layers = c.size("num_layers");
        NormSpec norm = NormSpec.rms(c.number("layer_norm_epsilon", 1e-6));
        MlpSpec mlp = mlp(c.string("feed_forward_proj", "relu"), c.size("d_ff"));
        AttentionSpec attention = AttentionSpec.of(heads, heads, headDim).scale(1);
        int buckets = c.size("relative_attention_num_buckets", 32);
        int farthest = c.size("relative_attention_max_distance", 128);
        AttentionSpec reading = attention.seeingBothWays().distanceBias(new DistanceBuckets(buckets, farthest, true));
        AttentionSpec writing = attention.distanceBias(new DistanceBuckets(buckets, farthest, false));
        EncoderSpec encoder = new EncoderSpec(
                f.vocabulary(),
                dim,
                ANY_LENGTH,
                EmbeddingSpec.of(dim),
                DecoderSpec.layers(layers, i -> LayerSpec.preNorm(norm, reading, mlp)),
                norm,
                null);
        // Files say by having a head whether it is the embedding; what configurations say is whether it is scaled.
        boolean tied = f.tiedHead(true);
        boolean scaled = c.flag("scale_decoder_outputs", tied);
        HeadSpec head = HeadSpec.of(!tensors.containsKey(HEAD + ".weight"));
        DecoderSpec decoder = new DecoderSpec(
                f.vocabulary(),
                dim,
                ANY_LENGTH,
                EmbeddingSpec.of(dim),
                DecoderSpec.layers(
                        c.size("num_decoder_layers", layers),
                        i -> LayerSpec.preNorm(norm, writing, mlp).crossing(attention, norm)),
                norm,
                scaled ? head.scaled(Math.pow(dim, -0.5)) : head);
        int start = c.whole("decoder_start_token_id", c.whole("pad_token_id", 0));
        return new EncoderDecoderSpec(encoder, decoder, start);
    }

    private static MlpSpec mlp(String projection, int inner) {
        return switch (projection) {
            case "relu" -> MlpSpec.plain(Activation.RELU, inner);
            case "gelu" -> MlpSpec.plain(Activation.GELU, inner);
            case "gelu_new" -> MlpSpec.plain(Activation.GELU_TANH, inner);
            case "silu" -> MlpSpec.plain(Activation.SILU, inner);
            case "gated-gelu", "gated-gelu_new" -> MlpSpec.gated(Activation.GELU_TANH, inner);
            case "gated-relu" -> MlpSpec.gated(Activation.RELU, inner);
            case "gated-silu" -> MlpSpec.gated(Activation.SILU, inner);
            default ->
                throw JandaiaException.unsupported("The configuration's feed_forward_proj is '" + projection
                        + "'; this version knows relu, gelu, gelu_new, silu, and gated- before each.");
        };
    }

    private static TensorNames names(String half, int mlp) {
        String dense = mlp + ".DenseReluDense.";
        return TensorNames.hub()
                .prefixes("")
                .layer(half + ".block.{i}.layer.")
                .with(Role.EMBEDDING, "shared|" + half + ".embed_tokens")
                .with(Role.DISTANCE_BIAS, half + ".block.0.layer.0.SelfAttention.relative_attention_bias")
                .with(Role.ATTENTION_NORM, "0.layer_norm")
                .with(Role.QUERY, "0.SelfAttention.q")
                .with(Role.KEY, "0.SelfAttention.k")
                .with(Role.VALUE, "0.SelfAttention.v")
                .with(Role.ATTENTION_OUTPUT, "0.SelfAttention.o")
                .with(Role.MLP_NORM, mlp + ".layer_norm")
                .with(Role.GATE, dense + "wi_0")
                .with(Role.UP, dense + "wi|" + dense + "wi_1")
                .with(Role.DOWN, dense + "wo")
                .with(Role.FINAL_NORM, half + ".final_layer_norm");
    }

    @Override
    public TensorNames encoderTensors() {
        return names("encoder", 1);
    }

    @Override
    public TensorNames decoderTensors() {
        return names("decoder", 2)
                .with(Role.CROSS_NORM, "1.layer_norm")
                .with(Role.CROSS_QUERY, "1.EncDecAttention.q")
                .with(Role.CROSS_KEY, "1.EncDecAttention.k")
                .with(Role.CROSS_VALUE, "1.EncDecAttention.v")
                .with(Role.CROSS_OUTPUT, "1.EncDecAttention.o")
                .with(Role.HEAD, HEAD);
    }
}
