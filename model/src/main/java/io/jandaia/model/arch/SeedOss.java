package io.jandaia.model.arch;

import io.jandaia.model.format.Config;

/** Seed-OSS (ByteDance 2025): Llama with biases on queries, keys and values. */
final class SeedOss implements Family {

    @Override
    public String hubName() {
        return "SeedOssForCausalLM";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        AttentionSpec attention =
                f.attention().bias(c.flag("attention_bias", true), c.flag("attention_out_bias", false));
        MlpSpec mlp = MlpSpec.gated(f.activation(), f.inner()).bias(c.flag("mlp_bias", false));
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, mlp));
    }
}
