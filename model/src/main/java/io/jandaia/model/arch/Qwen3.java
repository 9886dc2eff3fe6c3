package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** Qwen 3, dense (Yang et al. 2025): Llama with a norm on each head's queries and keys, and optional sliding windows. */
final class Qwen3 implements Family {

    @Override
    public String hubName() {
        return "Qwen3ForCausalLM";
    }

    @Override
    public String ggufName() {
        return "qwen3";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        boolean bias = c.flag("attention_bias", false);
        AttentionSpec attention = f.attention().bias(bias, bias).headNorm(HeadNorm.shared(f.rmsNorm()));
        MlpSpec mlp = MlpSpec.gated(f.activation(), f.inner());
        int[] windows = f.qwenWindows();
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention.window(windows[i]), mlp));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = f.attention(false).headNorm(HeadNorm.shared(f.rmsNorm()));
        MlpSpec mlp = MlpSpec.gated(Activation.SILU, f.inner());
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, mlp));
    }
}
