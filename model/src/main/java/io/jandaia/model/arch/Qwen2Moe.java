package io.jandaia.model.arch;

import io.jandaia.model.format.Config;

/** Qwen 1.5 and 2 with experts, and one that every token uses behind a sigmoid (Qwen Team 2024). */
final class Qwen2Moe implements Family {

    @Override
    public String hubName() {
        return "Qwen2MoeForCausalLM";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        AttentionSpec attention = f.attention().bias(c.flag("qkv_bias", true), false);
        ExpertsSpec experts =
                f.qwenExperts().shared(MlpSpec.gated(f.activation(), c.size("shared_expert_intermediate_size")), true);
        MlpSpec dense = MlpSpec.gated(f.activation(), f.inner());
        boolean[] sparse = f.qwenSparseLayers();
        int[] windows = f.qwenWindows();
        return f.decoder(
                f.rmsNorm(),
                i -> LayerSpec.preNorm(f.rmsNorm(), attention.window(windows[i]), sparse[i] ? experts : dense));
    }
}
