package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** Phi 3 and 4 (Abdin et al. 2024): Llama with one matrix for queries, keys and values and one for gate and up, sliding windows, and rotary factors for short and long sequences. */
final class Phi3 implements Family {

    @Override
    public String hubName() {
        return "Phi3ForCausalLM";
    }

    @Override
    public String ggufName() {
        return "phi3";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        boolean bias = c.flag("attention_bias", false);
        AttentionSpec attention =
                f.attention().layout(QkvLayout.BLOCKS).bias(bias, bias).window(f.window());
        MlpSpec mlp = MlpSpec.gated(f.activation(), f.inner()).fusedGate();
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, mlp));
    }

    /** llama.cpp wants a window in every file; 0 for none. */
    @Override
    public Map<String, Object> toGguf(DecoderSpec spec) {
        Map<String, Object> keys = GgufKeys.of(spec);
        keys.putIfAbsent("attention.sliding_window", 0L);
        return keys;
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = f.attention(false).layout(QkvLayout.BLOCKS).window(f.window());
        MlpSpec mlp = MlpSpec.gated(Activation.SILU, f.inner() / 2).fusedGate();
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, mlp));
    }

    @Override
    public TensorNames ggufTensors() {
        return TensorNames.gguf().with(Role.GATE_UP, "ffn_up");
    }
}
