package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.format.Config;

/** Phi 3 and 4 (Abdin et al. 2024): Llama with one matrix for queries, keys and values and one for gate and up, sliding windows, and rotary factors for short and long sequences. */
final class Phi3 implements Family {

    @Override
    public String hubName() {
        return "Phi3ForCausalLM";
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
}
