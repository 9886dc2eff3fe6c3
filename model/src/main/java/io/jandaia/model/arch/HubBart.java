package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import java.util.function.UnaryOperator;

/** What BART and Marian have in common: the first transformer's blocks, and the keys of their configurations. */
record HubBart(Config config) {

    private static final NormSpec NORM = NormSpec.layer(1e-5);

    int positions() {
        return config.size("max_position_embeddings", 1024);
    }

    int vocabulary() {
        return config.size("vocab_size");
    }

    static NormSpec norm() {
        return NORM;
    }

    /**
     * Both halves.
     *
     * @param outputs rows of the decoder's embedding
     * @param placed gives embeddings their positions and norms
     */
    EncoderDecoderSpec spec(int outputs, UnaryOperator<EmbeddingSpec> placed, int start) {
        int dim = config.size("d_model");
        // What software of earlier years could vary, in the one way that this family has; the last are of training.
        refuse("normalize_before", false);
        refuse("add_final_layer_norm", false);
        refuse("add_bias_logits", false);
        config.ignore("is_encoder_decoder", "num_hidden_layers", "normalize_embedding", "extra_pos_embeddings");
        config.ignore("static_position_embeddings", "output_past", "gradient_checkpointing");
        config.ignore("_num_labels", "save_step", "prefix"); // the last is of pipelines; translate has --prefix
        if (config.has("forced_bos_token_id")) {
            config.ignore("force_bos_token_to_be_generated"); // the same under its first name
        }
        EmbeddingSpec plain = EmbeddingSpec.of(dim);
        EmbeddingSpec embedding =
                placed.apply(config.flag("scale_embedding", false) ? plain.scaled(Math.sqrt(dim)) : plain);
        AttentionSpec reading = attention("encoder", dim).seeingBothWays();
        AttentionSpec writing = attention("decoder", dim);
        MlpSpec readingMlp = mlp("encoder");
        MlpSpec writingMlp = mlp("decoder");
        EncoderSpec encoder = new EncoderSpec(
                vocabulary(),
                dim,
                positions(),
                embedding,
                DecoderSpec.layers(
                        config.size("encoder_layers", 12), i -> LayerSpec.postNorm(NORM, reading, readingMlp)),
                null,
                null);
        DecoderSpec decoder = new DecoderSpec(
                outputs,
                dim,
                positions(),
                embedding,
                DecoderSpec.layers(
                        config.size("decoder_layers", 12),
                        i -> LayerSpec.postNorm(NORM, writing, writingMlp).crossing(writing, NORM)),
                null,
                HeadSpec.of(new HubFields(config).tiedHead(true)));
        return new EncoderDecoderSpec(encoder, decoder, start);
    }

    private void refuse(String key, boolean expected) {
        if (config.flag(key, expected) != expected) {
            throw JandaiaException.unsupported(
                    "The configuration's " + key + " is " + !expected + "; this family needs " + expected + ".");
        }
    }

    private AttentionSpec attention(String half, int dim) {
        int heads = config.size(half + "_attention_heads", 16);
        if (dim % heads != 0) {
            throw JandaiaException.format("The configuration has a width of " + dim + ", which is not a multiple of "
                    + heads + " attention heads.");
        }
        return AttentionSpec.of(heads, heads, dim / heads).bias(true, true);
    }

    private MlpSpec mlp(String half) {
        return MlpSpec.plain(
                        new HubFields(config).activation("gelu", "activation_function"),
                        config.size(half + "_ffn_dim", 4096))
                .bias(true);
    }

    static TensorNames names(String half) {
        return TensorNames.hub()
                .prefixes("model.", "")
                .layer(half + ".layers.{i}.")
                .with(Role.EMBEDDING, "shared|" + half + ".embed_tokens")
                .with(Role.POSITIONS, half + ".embed_positions")
                .with(Role.EMBEDDING_NORM, half + ".layernorm_embedding")
                .with(Role.ATTENTION_OUTPUT, "self_attn.out_proj")
                .with(Role.ATTENTION_OUTPUT_NORM, "self_attn_layer_norm")
                .with(Role.CROSS_QUERY, "encoder_attn.q_proj")
                .with(Role.CROSS_KEY, "encoder_attn.k_proj")
                .with(Role.CROSS_VALUE, "encoder_attn.v_proj")
                .with(Role.CROSS_OUTPUT, "encoder_attn.out_proj")
                .with(Role.CROSS_NORM, "encoder_attn_layer_norm")
                .with(Role.UP, "fc1")
                .with(Role.DOWN, "fc2")
                .with(Role.MLP_OUTPUT_NORM, "final_layer_norm")
                .with(Role.LOGITS_BIAS, "final_logits_bias");
    }
}
