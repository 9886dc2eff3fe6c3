package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.arch.ExpertsSpec.Routing;
import io.jandaia.model.arch.ExpertsSpec.Score;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** Qwen 3 with experts (Yang et al. 2025). */
final class Qwen3Moe implements Family {

    @Override
    public String hubName() {
        return "Qwen3MoeForCausalLM";
    }

    @Override
    public String ggufName() {
        return "qwen3moe";
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

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = f.attention(false).headNorm(HeadNorm.shared(f.rmsNorm()));
        ExpertsSpec experts =
                f.experts(MlpSpec.gated(Activation.SILU, f.expertInner()), Routing.best(Score.SOFTMAX, true), false);
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, experts));
    }
}
