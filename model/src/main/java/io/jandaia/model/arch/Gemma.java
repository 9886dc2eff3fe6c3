package io.jandaia.model.arch;

import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** Gemma (Mesnard et al. 2024): Llama with an embedding that is scaled, norms that are stored as their distance from 1, and GELU. */
final class Gemma implements Family {

    @Override
    public String hubName() {
        return "GemmaForCausalLM";
    }

    @Override
    public String ggufName() {
        return "gemma";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        NormSpec norm = f.rmsNorm().storedMinusOne();
        boolean bias = c.flag("attention_bias", false);
        AttentionSpec attention = f.attention().bias(bias, bias);
        MlpSpec mlp = MlpSpec.gated(Activation.GELU_TANH, f.inner());
        c.ignore("hidden_act", "hidden_activation"); // early files say gelu and mean its approximation
        return f.decoder(
                EmbeddingSpec.of(f.dim()).scaled(Math.sqrt(f.dim())),
                norm,
                HeadSpec.of(f.tiedHead(true)),
                i -> LayerSpec.preNorm(norm, attention, mlp));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = f.attention(false);
        MlpSpec mlp = MlpSpec.gated(Activation.GELU_TANH, f.inner());
        return f.decoder(
                EmbeddingSpec.of(f.dim()).scaled(Math.sqrt(f.dim())),
                f.rmsNorm(),
                HeadSpec.of(f.tiedHead()),
                i -> LayerSpec.preNorm(f.rmsNorm(), attention, mlp));
    }
}
