package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.Positions;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import org.jspecify.annotations.Nullable;

/** What BERT and RoBERTa have in common: their blocks, and most keys of their configurations. */
record HubBert(Config config) {

    private HubFields fields() {
        return new HubFields(config);
    }

    NormSpec norm() {
        return NormSpec.layer(config.number("layer_norm_eps", 1e-12));
    }

    int vocabulary() {
        return fields().vocabulary();
    }

    boolean tied() {
        return fields().tiedHead(true);
    }

    Activation activation() {
        return fields().activation("gelu", "hidden_act");
    }

    /** A norm after each sum, biases everywhere. */
    EncoderSpec spec(int contextLength, Positions positions, @Nullable TaskSpec task) {
        HubFields f = fields();
        String kind = config.string("position_embedding_type", "absolute");
        if (!kind.equals("absolute")) {
            throw JandaiaException.unsupported(
                    "The configuration's position_embedding_type is '" + kind + "'; this version knows absolute.");
        }
        // Of training in several pieces, of the poolers of older software, and of how the files were tested.
        config.ignore("directionality", "pooler_fc_size", "pooler_num_attention_heads", "pooler_num_fc_layers");
        config.ignore("pooler_size_per_head", "pooler_type", "output_past", "gradient_checkpointing");
        config.ignore("tie_word_embeddings"); // only those that guess tokens have what could be tied
        AttentionSpec attention = AttentionSpec.of(f.heads(), f.heads(), f.headDim())
                .bias(true, true)
                .seeingBothWays();
        MlpSpec mlp = MlpSpec.plain(activation(), f.inner()).bias(true);
        return new EncoderSpec(
                f.vocabulary(),
                f.dim(),
                contextLength,
                EmbeddingSpec.of(f.dim())
                        .positions(positions)
                        .types(config.size("type_vocab_size", 2))
                        .normed(norm()),
                DecoderSpec.layers(f.layerCount(), i -> LayerSpec.postNorm(norm(), attention, mlp)),
                null,
                task);
    }

    static TensorNames names(String family) {
        return TensorNames.hub()
                .prefixes(family + ".", "")
                .layer("encoder.layer.{i}.")
                .with(Role.EMBEDDING, "embeddings.word_embeddings")
                .with(Role.POSITIONS, "embeddings.position_embeddings")
                .with(Role.TOKEN_TYPES, "embeddings.token_type_embeddings")
                .with(Role.EMBEDDING_NORM, "embeddings.LayerNorm")
                .with(Role.QUERY, "attention.self.query")
                .with(Role.KEY, "attention.self.key")
                .with(Role.VALUE, "attention.self.value")
                .with(Role.ATTENTION_OUTPUT, "attention.output.dense")
                .with(Role.ATTENTION_OUTPUT_NORM, "attention.output.LayerNorm")
                .with(Role.UP, "intermediate.dense")
                .with(Role.DOWN, "output.dense")
                .with(Role.MLP_OUTPUT_NORM, "output.LayerNorm");
    }
}
