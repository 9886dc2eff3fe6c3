package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.format.Config;

/** Qwen 3 with experts (Yang et al. 2025). */
final class Qwen3Moe implements Family {

    @Override
    public String hubName() {
        return "Qwen3MoeForCausalLM";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        boolean bias = c.flag("attention_bias", false);
        AttentionSpec attention = f.attention().bias(bias, bias).headNorm(HeadNorm.shared(f.rmsNorm()));
        ExpertsSpec experts = f.qwenExperts();
        MlpSpec dense = MlpSpec.gated(f.activation(), f.inner());
        boolean[] sparse = f.qwenSparseLayers();
        int[] windows = f.qwenWindows();
        return f.decoder(
                f.rmsNorm(),
                i -> LayerSpec.preNorm(f.rmsNorm(), attention.window(windows[i]), sparse[i] ? experts : dense));
    }
}
