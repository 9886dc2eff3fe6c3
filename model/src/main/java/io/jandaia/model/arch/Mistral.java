package io.jandaia.model.arch;

import io.jandaia.model.format.Config;

/**
 * Mistral (Jiang et al. 2023): Llama with a sliding window over all layers, where the configuration has one. Its GGUF files
 * call themselves {@code llama}.
 */
final class Mistral implements Family {

    @Override
    public String hubName() {
        return "MistralForCausalLM";
    }

    @Override
    public String ggufTarget() {
        return "llama";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        AttentionSpec attention = f.attention().window(f.window());
        MlpSpec mlp = MlpSpec.gated(f.activation(), f.inner());
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, mlp));
    }
}
