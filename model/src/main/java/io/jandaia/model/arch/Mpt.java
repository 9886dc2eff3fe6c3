package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.AttentionSpec.Alibi;
import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** MPT (MosaicML 2023): scores that fall with distance in place of positions, layer norms without bias. */
final class Mpt implements Family {

    @Override
    public String hubName() {
        return "MptForCausalLM";
    }

    @Override
    public String ggufName() {
        return "mpt";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        Config a = c.child("attn_config");
        if (!a.flag("alibi", false)) {
            throw JandaiaException.unsupported("The configuration has no linear biases (attn_config.alibi);"
                    + " this family is known only with them.");
        }
        a.ignore("attn_impl", "model_type", "attn_type", "attn_pdrop");
        boolean bias = !c.flag("no_bias", true);
        NormSpec layer = f.layerNorm("layer_norm_epsilon");
        NormSpec norm = bias ? layer : layer.withoutBias();
        AttentionSpec plain = AttentionSpec.of(f.heads(), f.heads(), f.headDim());
        AttentionSpec attention = plain.layout(QkvLayout.BLOCKS)
                .bias(bias, bias)
                .scale(a.number("softmax_scale", plain.scale()))
                .distanceBias(new Alibi(a.number("alibi_bias_max", 8)));
        MlpSpec mlp = MlpSpec.plain(Activation.GELU, c.size("expansion_ratio", 4) * f.dim())
                .bias(bias);
        // With linear biases there are no learned positions, whatever the configuration says.
        c.ignore("learned_pos_emb", "norm_type", "init_device", "embedding_fraction", "init_config", "verbose");
        return f.decoder(
                EmbeddingSpec.of(f.dim()),
                norm,
                HeadSpec.of(f.tiedHead(true)),
                i -> LayerSpec.preNorm(norm, attention, mlp));
    }

    @Override
    public Map<String, Object> toHub(DecoderSpec spec) {
        Map<String, Object> keys = HubKeys.renamed(
                HubKeys.of(spec, this),
                Map.of(
                        "hidden_size", "d_model",
                        "num_hidden_layers", "n_layers",
                        "num_attention_heads", "n_heads",
                        "max_position_embeddings", "max_seq_len"));
        LayerSpec layer = spec.layers().getFirst();
        if (layer.mixer() instanceof AttentionSpec a && a.distanceBias() instanceof Alibi alibi) {
            keys.put("attn_config", Map.of("alibi", true, "alibi_bias_max", (long) alibi.maxBias()));
            keys.put("no_bias", !a.inputBias());
        }
        if (layer.feedForward() instanceof MlpSpec m) {
            keys.put("expansion_ratio", (long) (m.inner() / spec.dim()));
        }
        return keys;
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        NormSpec layer = f.layerNorm();
        NormSpec norm = f.has("blk.0.attn_norm.bias") ? layer : layer.withoutBias();
        boolean bias = f.has("blk.0.attn_qkv.bias");
        AttentionSpec attention = f.attentionWithoutRope()
                .layout(QkvLayout.BLOCKS)
                .bias(bias, bias)
                .distanceBias(new Alibi(c.number("attention.max_alibi_bias", 8)));
        MlpSpec mlp = MlpSpec.plain(Activation.GELU, f.inner()).bias(bias);
        return f.decoder(norm, i -> LayerSpec.preNorm(norm, attention, mlp));
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .prefixes("transformer.", "")
                .layer("blocks.{i}.")
                .with(Role.EMBEDDING, "wte")
                .with(Role.ATTENTION_NORM, "norm_1")
                .with(Role.QKV, "attn.Wqkv")
                .with(Role.ATTENTION_OUTPUT, "attn.out_proj")
                .with(Role.MLP_NORM, "norm_2")
                .with(Role.UP, "ffn.up_proj")
                .with(Role.DOWN, "ffn.down_proj")
                .with(Role.FINAL_NORM, "norm_f");
    }
}
