package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/**
 * GPT-2 (Radford et al. 2019), whose shape GPT-3 kept: learned positions, layer norms before each part, a head that is the
 * embedding. Hub files store the matrices of layers as {@code [inputs, outputs]}.
 */
final class Gpt2 implements Family {

    @Override
    public String hubName() {
        return "GPT2LMHeadModel";
    }

    @Override
    public String ggufName() {
        return "gpt2";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        c.ignore("n_ctx", "reorder_and_upcast_attn", "scale_attn_by_inverse_layer_idx"); // the last is read below
        NormSpec norm = f.layerNorm("layer_norm_epsilon");
        AttentionSpec attention = AttentionSpec.of(f.heads(), f.heads(), f.headDim())
                .layout(QkvLayout.BLOCKS)
                .bias(true, true);
        double scale = c.flag("scale_attn_weights", true) ? attention.scale() : 1;
        boolean byLayer = c.flag("scale_attn_by_inverse_layer_idx", false);
        MlpSpec mlp = MlpSpec.plain(f.activation("gelu_new", "activation_function"), c.size("n_inner", 4 * f.dim()))
                .bias(true);
        return f.decoder(
                EmbeddingSpec.of(f.dim()).positions(f.positions(), 0),
                norm,
                HeadSpec.of(f.tiedHead(true)),
                i -> LayerSpec.preNorm(norm, attention.scale(byLayer ? scale / (i + 1) : scale), mlp));
    }

    @Override
    public Map<String, Object> toHub(DecoderSpec spec) {
        return HubKeys.renamed(
                HubKeys.of(spec, this),
                Map.of(
                        "hidden_size", "n_embd",
                        "num_hidden_layers", "n_layer",
                        "num_attention_heads", "n_head",
                        "max_position_embeddings", "n_positions",
                        "intermediate_size", "n_inner",
                        "hidden_act", "activation_function"));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = AttentionSpec.of(f.heads(), f.heads(), f.headDim())
                .layout(QkvLayout.BLOCKS)
                .bias(true, true);
        MlpSpec mlp = MlpSpec.plain(Activation.GELU_TANH, f.inner()).bias(true);
        return f.decoder(
                EmbeddingSpec.of(f.dim()).positions(f.contextLength(), 0),
                f.layerNorm(),
                HeadSpec.of(f.tiedHead()),
                i -> LayerSpec.preNorm(f.layerNorm(), attention, mlp));
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .prefixes("transformer.", "")
                .layer("h.{i}.")
                .storedTransposed()
                .with(Role.EMBEDDING, "wte")
                .with(Role.POSITIONS, "wpe")
                .with(Role.ATTENTION_NORM, "ln_1")
                .with(Role.QKV, "attn.c_attn")
                .with(Role.ATTENTION_OUTPUT, "attn.c_proj")
                .with(Role.MLP_NORM, "ln_2")
                .with(Role.UP, "mlp.c_fc")
                .with(Role.DOWN, "mlp.c_proj")
                .with(Role.FINAL_NORM, "ln_f");
    }
}
