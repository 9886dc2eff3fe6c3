package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.TaskSpec.Transform;
import io.jandaia.model.arch.TaskSpec.View;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * ModernBERT (Warner et al. 2024): rotary positions, gated feed-forward parts, a norm before each part but the first; most
 * layers see a window on both sides.
 */
final class ModernBert implements EncoderFamily {

    @Override
    public List<String> hubNames() {
        return EncoderFamily.members("ModernBert", Task.NONE, Task.FILL, Task.TEXT_LABELS, Task.TOKEN_LABELS);
    }

    @Override
    public EncoderSpec fromHub(Config c, String architecture, Map<String, StoredTensor> tensors) {
        HubFields f = new HubFields(c);
        c.ignore("position_embedding_type", "reference_compile", "deterministic_flash_attn", "gradient_checkpointing");
        c.ignore(
                "sparse_prediction", "sparse_pred_ignore_index", "repad_logits_with_grad", "initializer_cutoff_factor");
        c.ignore("cls_token_id", "sep_token_id", "layer_norm_eps", "tie_word_embeddings");
        NormSpec norm = norm(c);
        boolean bias = c.flag("attention_bias", false);
        AttentionSpec attention = AttentionSpec.of(f.heads(), f.heads(), f.headDim())
                .layout(QkvLayout.BLOCKS)
                .bias(bias, bias)
                .seeingBothWays();
        AttentionSpec global = attention.rope(rope(f, "full_attention", "global_rope_theta", 160000));
        AttentionSpec local = attention.rope(rope(f, "sliding_attention", "local_rope_theta", 10000));
        int window = c.size("local_attention", 128) / 2;
        boolean[] slides = sliding(f);
        MlpSpec mlp = MlpSpec.gated(f.activation("gelu", "hidden_activation"), f.inner())
                .fusedGate()
                .bias(c.flag("mlp_bias", false));
        List<LayerSpec> layers = DecoderSpec.layers(f.layerCount(), i -> {
            LayerSpec layer = LayerSpec.preNorm(norm, slides[i] ? local.window(window) : global, mlp);
            return i == 0 ? layer.withoutFirstNorm() : layer;
        });
        if (window == 0 && layers.stream().anyMatch(l -> l.mixer().equals(local))) {
            throw JandaiaException.unsupported("The configuration's local_attention is 1; expected at least 2.");
        }
        return new EncoderSpec(
                f.vocabulary(),
                f.dim(),
                c.size("max_position_embeddings", 8192),
                EmbeddingSpec.of(f.dim()).normed(norm),
                layers,
                norm,
                task(c, f, Task.of(architecture)));
    }

    private static NormSpec norm(Config c) {
        NormSpec norm = NormSpec.layer(c.number("norm_eps", 1e-5));
        return c.flag("norm_bias", false) ? norm : norm.withoutBias();
    }

    private static RopeSpec rope(HubFields f, String type, String key, double base) {
        double stated = f.config().number(key, base);
        return f.config().childOrEmpty("rope_parameters").has(type)
                ? f.rope(type)
                : new RopeSpec(stated, f.headDim(), false, new RopeSpec.None(), null);
    }

    /** By {@code layer_types}, or as older files have it, all but every n-th. */
    private static boolean[] sliding(HubFields f) {
        long every = f.config().integer("global_attn_every_n_layers", 3);
        List<String> types = f.layerTypes();
        boolean[] slides = new boolean[f.layerCount()];
        for (int i = 0; i < slides.length; i++) {
            slides[i] = types.isEmpty() ? i % every != 0 : HubFields.sliding(types.get(i));
        }
        return slides;
    }

    private static @Nullable TaskSpec task(Config c, HubFields f, Task task) {
        Activation activation = f.activation("gelu", "classifier_activation");
        boolean bias = c.flag("classifier_bias", false);
        boolean outputBias = c.flag("decoder_bias", true);
        String pooling = c.string("classifier_pooling", "cls");
        Transform head = new Transform(activation, bias, norm(c));
        return switch (task) {
            case NONE, PRETRAINING -> null;
            case FILL -> TaskSpec.fill(head, f.vocabulary(), f.tiedHead(true), outputBias);
            case TEXT_LABELS -> HubLabels.ofText(c, view(pooling), head);
            case TOKEN_LABELS -> HubLabels.ofTokens(c, head);
        };
    }

    private static View view(String pooling) {
        return switch (pooling) {
            case "cls" -> View.FIRST;
            case "mean" -> View.MEAN;
            default ->
                throw JandaiaException.unsupported("The configuration's classifier_pooling is '" + pooling
                        + "'; this version knows cls and mean.");
        };
    }

    @Override
    public TensorNames hubTensors(String architecture) {
        TensorNames names = TensorNames.hub()
                .prefixes("model.", "")
                .layer("layers.{i}.")
                .with(Role.EMBEDDING, "embeddings.tok_embeddings")
                .with(Role.EMBEDDING_NORM, "embeddings.norm")
                .with(Role.ATTENTION_NORM, "attn_norm")
                .with(Role.QKV, "attn.Wqkv")
                .with(Role.ATTENTION_OUTPUT, "attn.Wo")
                .with(Role.MLP_NORM, "mlp_norm")
                .with(Role.GATE_UP, "mlp.Wi")
                .with(Role.DOWN, "mlp.Wo")
                .with(Role.FINAL_NORM, "final_norm")
                .with(Role.TASK_TRANSFORM, "head.dense")
                .with(Role.TASK_NORM, "head.norm");
        return Task.of(architecture) == Task.FILL
                ? names.with(Role.TASK_OUTPUT, "decoder").with(Role.TASK_OUTPUT_BIAS, "decoder.bias")
                : names.with(Role.TASK_OUTPUT, "classifier");
    }
}
