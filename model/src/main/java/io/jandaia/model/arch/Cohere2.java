package io.jandaia.model.arch;

import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** Command R7B and A (Cohere 2024): Command R with a window in three of four layers; the others have no positions. */
final class Cohere2 implements Family {

    @Override
    public String hubName() {
        return "Cohere2ForCausalLM";
    }

    @Override
    public String ggufName() {
        return "cohere2";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        NormSpec norm = f.layerNorm("layer_norm_eps").withoutBias();
        boolean bias = c.flag("attention_bias", false);
        AttentionSpec attention = f.attention().bias(bias, bias).rope(f.rope().inPairs());
        MlpSpec mlp = MlpSpec.gated(f.activation(), f.inner());
        long pattern = c.integer(c.anyOf("sliding_window_pattern", "_sliding_window_pattern"), 4);
        int[] windows = f.windows(i -> (i + 1) % pattern != 0);
        return f.decoder(
                EmbeddingSpec.of(f.dim()),
                norm,
                HeadSpec.of(f.tiedHead(true)).scaled(c.number("logit_scale", 0.0625)),
                i -> LayerSpec.parallelOneNorm(
                        norm, windows[i] > 0 ? attention.window(windows[i]) : attention.rope(null), mlp));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        NormSpec norm = f.layerNorm().withoutBias();
        AttentionSpec attention = f.attention(true);
        MlpSpec mlp = MlpSpec.gated(Activation.SILU, f.inner());
        int window = f.window();
        return f.decoder(
                EmbeddingSpec.of(f.dim()),
                norm,
                HeadSpec.of(f.tiedHead()).scaled(c.number("logit_scale", 1)),
                i -> LayerSpec.parallelOneNorm(
                        norm, (i + 1) % 4 == 0 ? attention.rope(null) : attention.window(window), mlp));
    }
}
