package io.jandaia.model.arch;

import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** GLM 4, dense (Team GLM 2025): norms around both parts, rotary positions in neighbouring pairs on a part of each head, one matrix for gate and up. */
final class Glm4 implements Family {

    @Override
    public String hubName() {
        return "Glm4ForCausalLM";
    }

    @Override
    public String ggufName() {
        return "glm4";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        RopeSpec rope = HubRope.of(c, f.headDim(), f.positions(), "partial_rotary_factor", 0.5, "rope_theta");
        AttentionSpec attention =
                f.attention().bias(c.flag("attention_bias", false), false).rope(rope.inPairs());
        MlpSpec mlp = MlpSpec.gated(f.activation(), f.inner()).fusedGate();
        return f.decoder(f.rmsNorm(), i -> LayerSpec.sandwich(f.rmsNorm(), attention, mlp));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = f.attention(true);
        MlpSpec mlp = MlpSpec.gated(Activation.SILU, f.inner() / 2).fusedGate();
        return f.decoder(f.rmsNorm(), i -> LayerSpec.sandwich(f.rmsNorm(), attention, mlp));
    }

    @Override
    public TensorNames ggufTensors() {
        return TensorNames.gguf().with(Role.GATE_UP, "ffn_up");
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .with(Role.ATTENTION_OUTPUT_NORM, "post_self_attn_layernorm")
                .with(Role.MLP_OUTPUT_NORM, "post_mlp_layernorm");
    }
}
