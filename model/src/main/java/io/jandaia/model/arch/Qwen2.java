package io.jandaia.model.arch;

import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** Qwen 1.5 to 2.5 (Yang et al. 2024): Llama with biases on queries, keys and values, and optional sliding windows. */
final class Qwen2 implements Family {

    @Override
    public String hubName() {
        return "Qwen2ForCausalLM";
    }

    @Override
    public String ggufName() {
        return "qwen2";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        AttentionSpec attention = f.attention().bias(true, false);
        MlpSpec mlp = MlpSpec.gated(f.activation(), f.inner());
        int[] windows = f.qwenWindows();
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention.window(windows[i]), mlp));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = f.attention(false);
        MlpSpec mlp = MlpSpec.gated(Activation.SILU, f.inner());
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, mlp));
    }
}
