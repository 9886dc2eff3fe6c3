package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.format.Config;

/** Hunyuan, dense (Tencent 2025): Llama with norms on each head after its rotation. */
final class HunYuan implements Family {

    @Override
    public String hubName() {
        return "HunYuanDenseV1ForCausalLM";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        boolean bias = c.flag("attention_bias", false);
        AttentionSpec attention = f.attention()
                .bias(bias, bias)
                .headNorm(HeadNorm.shared(f.rmsNorm()).movedAfterRope());
        MlpSpec mlp = MlpSpec.gated(f.activation(), f.inner());
        c.ignore("eod_token_id");
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, mlp));
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .with(Role.QUERY_NORM, "self_attn.query_layernorm")
                .with(Role.KEY_NORM, "self_attn.key_layernorm");
    }
}
