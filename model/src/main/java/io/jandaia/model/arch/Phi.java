package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** Phi 1 to 2 (Gunasekar et al. 2023): both parts side by side behind one norm, rotary positions on a part of each head, biases everywhere. */
final class Phi implements Family {

    @Override
    public String hubName() {
        return "PhiForCausalLM";
    }

    @Override
    public String ggufName() {
        return "phi2";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        NormSpec norm = f.layerNorm("layer_norm_eps");
        RopeSpec rope = HubRope.of(c, f.headDim(), f.positions(), "partial_rotary_factor", 0.5, "rope_theta");
        AttentionSpec attention = AttentionSpec.of(f.heads(), f.kvHeads(), f.headDim())
                .bias(true, true)
                .rope(rope)
                .headNorm(c.flag("qk_layernorm", false) ? HeadNorm.shared(norm) : null);
        MlpSpec mlp =
                MlpSpec.plain(f.activation("gelu_new", "hidden_act"), f.inner()).bias(true);
        return f.decoder(
                EmbeddingSpec.of(f.dim()),
                norm,
                HeadSpec.of(f.tiedHead(false)).biased(),
                i -> LayerSpec.parallelOneNorm(norm, attention, mlp));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = f.attention(false)
                .layout(f.has("blk.0.attn_qkv.weight") ? QkvLayout.BLOCKS : QkvLayout.SEPARATE)
                .bias(true, true);
        MlpSpec mlp = MlpSpec.plain(Activation.GELU_TANH, f.inner()).bias(true);
        return f.decoder(
                EmbeddingSpec.of(f.dim()),
                f.layerNorm(),
                HeadSpec.of(f.tiedHead()).biased(),
                i -> LayerSpec.parallelOneNorm(f.layerNorm(), attention, mlp));
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .with(Role.ATTENTION_OUTPUT, "self_attn.dense")
                .with(Role.QUERY_NORM, "self_attn.q_layernorm")
                .with(Role.KEY_NORM, "self_attn.k_layernorm")
                .with(Role.UP, "mlp.fc1")
                .with(Role.DOWN, "mlp.fc2")
                .with(Role.FINAL_NORM, "final_layernorm");
    }
}
