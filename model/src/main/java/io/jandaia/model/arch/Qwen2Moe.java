package io.jandaia.model.arch;

import io.jandaia.model.arch.ExpertsSpec.Routing;
import io.jandaia.model.arch.ExpertsSpec.Score;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** Qwen 1.5 and 2 with experts, and one that every token uses behind a sigmoid (Qwen Team 2024). */
final class Qwen2Moe implements Family {

    @Override
    public String hubName() {
        return "Qwen2MoeForCausalLM";
    }

    @Override
    public String ggufName() {
        return "qwen2moe";
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

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = f.attention(false);
        ExpertsSpec experts =
                f.experts(MlpSpec.gated(Activation.SILU, f.expertInner()), Routing.best(Score.SOFTMAX, false), true);
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, experts));
    }
}
