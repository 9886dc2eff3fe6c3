package io.jandaia.model.arch;

import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;

/** Command R7B and A (Cohere 2024): Command R with a window in three of four layers; the others have no positions. */
final class Cohere2 implements Family {

    @Override
    public String hubName() {
        return "Cohere2ForCausalLM";
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
}
