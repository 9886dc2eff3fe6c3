package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.format.Config;
import java.util.List;

/** Qwen3-Next (Qwen Team 2025): three layers of linear attention by the gated delta rule to one of gated attention, and experts. */
final class Qwen3Next implements Family {

    @Override
    public String hubName() {
        return "Qwen3NextForCausalLM";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        NormSpec norm = f.rmsNorm().storedMinusOne();
        boolean bias = c.flag("attention_bias", false);
        RopeSpec rope = HubRope.of(c, f.headDim(), f.positions(), "partial_rotary_factor", 0.25, "rope_theta");
        AttentionSpec attention = f.attention()
                .bias(bias, bias)
                .rope(rope)
                .headNorm(HeadNorm.shared(norm))
                .withGate();
        DeltaNetSpec delta = new DeltaNetSpec(
                c.size("linear_num_key_heads"),
                c.size("linear_key_head_dim"),
                c.size("linear_num_value_heads"),
                c.size("linear_value_head_dim"),
                c.size("linear_conv_kernel_dim", 4),
                f.rmsNorm());
        ExpertsSpec experts =
                f.qwenExperts().shared(MlpSpec.gated(f.activation(), c.size("shared_expert_intermediate_size")), true);
        MlpSpec dense = MlpSpec.gated(f.activation(), f.inner());
        boolean[] sparse = f.qwenSparseLayers();
        List<String> types = f.layerTypes();
        long interval = c.integer("full_attention_interval", 4);
        return f.decoder(norm, i -> {
            boolean attends =
                    types.isEmpty() ? (i + 1) % interval == 0 : types.get(i).equals("full_attention");
            return LayerSpec.preNorm(norm, attends ? attention : delta, sparse[i] ? experts : dense);
        });
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .with(Role.RECURRENT_IN, "linear_attn.in_proj_qkvz")
                .with(Role.RECURRENT_RATES, "linear_attn.in_proj_ba")
                .with(Role.CONVOLUTION, "linear_attn.conv1d")
                .with(Role.DECAY, "linear_attn.A_log")
                .with(Role.STEP_BIAS, "linear_attn.dt_bias")
                .with(Role.RECURRENT_NORM, "linear_attn.norm")
                .with(Role.RECURRENT_OUTPUT, "linear_attn.out_proj");
    }
}
