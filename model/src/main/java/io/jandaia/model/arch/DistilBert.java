package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.TaskSpec.Transform;
import io.jandaia.model.arch.TaskSpec.View;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** DistilBERT (Sanh et al. 2019): BERT with half of its layers and without types of tokens, under other names. */
final class DistilBert implements EncoderFamily {

    private static final NormSpec NORM = NormSpec.layer(1e-12);

    @Override
    public List<String> hubNames() {
        return EncoderFamily.members("DistilBert", Task.NONE, Task.FILL, Task.TEXT_LABELS, Task.TOKEN_LABELS);
    }

    @Override
    public EncoderSpec fromHub(Config c, String architecture, Map<String, StoredTensor> tensors) {
        HubFields f = new HubFields(c);
        int dim = c.size("dim", 768);
        int heads = c.size("n_heads", 12);
        int positions = c.size("max_position_embeddings", 512);
        if (dim % heads != 0) {
            throw JandaiaException.format("The configuration has a width of " + dim + ", which is not a multiple of "
                    + heads + " attention heads.");
        }
        Activation activation = f.activation("gelu", "activation");
        // Sinusoidal positions are stored like learned ones.
        c.ignore("sinusoidal_pos_embds", "tie_weights_", "tie_word_embeddings", "output_past");
        AttentionSpec attention =
                AttentionSpec.of(heads, heads, dim / heads).bias(true, true).seeingBothWays();
        MlpSpec mlp = MlpSpec.plain(activation, c.size("hidden_dim", 4 * 768)).bias(true);
        return new EncoderSpec(
                f.vocabulary(),
                dim,
                positions,
                EmbeddingSpec.of(dim).positions(positions, 0).normed(NORM),
                DecoderSpec.layers(c.size("n_layers", 6), i -> LayerSpec.postNorm(NORM, attention, mlp)),
                null,
                task(f, activation, Task.of(architecture)));
    }

    private static @Nullable TaskSpec task(HubFields f, Activation activation, Task task) {
        return switch (task) {
            case NONE, PRETRAINING -> null;
            case FILL -> TaskSpec.fill(new Transform(activation, true, NORM), f.vocabulary(), f.tiedHead(true), true);
            case TEXT_LABELS -> HubLabels.ofText(f.config(), View.FIRST, new Transform(Activation.RELU, true, null));
            case TOKEN_LABELS -> HubLabels.ofTokens(f.config(), null);
        };
    }

    @Override
    public TensorNames hubTensors(String architecture) {
        TensorNames names = TensorNames.hub()
                .prefixes("distilbert.", "")
                .layer("transformer.layer.{i}.")
                .with(Role.EMBEDDING, "embeddings.word_embeddings")
                .with(Role.POSITIONS, "embeddings.position_embeddings")
                .with(Role.EMBEDDING_NORM, "embeddings.LayerNorm")
                .with(Role.QUERY, "attention.q_lin")
                .with(Role.KEY, "attention.k_lin")
                .with(Role.VALUE, "attention.v_lin")
                .with(Role.ATTENTION_OUTPUT, "attention.out_lin")
                .with(Role.ATTENTION_OUTPUT_NORM, "sa_layer_norm")
                .with(Role.UP, "ffn.lin1")
                .with(Role.DOWN, "ffn.lin2")
                .with(Role.MLP_OUTPUT_NORM, "output_layer_norm");
        return switch (Task.of(architecture)) {
            case NONE, PRETRAINING -> names;
            case FILL ->
                names.with(Role.TASK_TRANSFORM, "vocab_transform")
                        .with(Role.TASK_NORM, "vocab_layer_norm")
                        .with(Role.TASK_OUTPUT, "vocab_projector")
                        .with(Role.TASK_OUTPUT_BIAS, "vocab_projector.bias");
            case TEXT_LABELS ->
                names.with(Role.TASK_TRANSFORM, "pre_classifier").with(Role.TASK_OUTPUT, "classifier");
            case TOKEN_LABELS -> names.with(Role.TASK_OUTPUT, "classifier");
        };
    }
}
