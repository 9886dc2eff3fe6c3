package io.jandaia.model.arch;

import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** SmolLM 3 (Bakouch et al. 2025): Llama without positions in every fourth layer. */
final class SmolLm3 implements Family {

    @Override
    public String hubName() {
        return "SmolLM3ForCausalLM";
    }

    @Override
    public String ggufName() {
        return "smollm3";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        boolean bias = c.flag("attention_bias", false);
        AttentionSpec attention = f.attention().bias(bias, bias);
        MlpSpec mlp = MlpSpec.gated(f.activation(), f.inner()).bias(c.flag("mlp_bias", false));
        long interval = c.integer("no_rope_layer_interval", 4);
        long[] rotated = c.has("no_rope_layers") ? c.integers("no_rope_layers") : new long[0];
        boolean use = c.flag("use_sliding_window", false);
        int[] windows = f.windows(i -> false);
        return f.decoder(EmbeddingSpec.of(f.dim()), f.rmsNorm(), HeadSpec.of(f.tiedHead(true)), i -> {
            // Despite its name, a 1 in the list stands for a layer with positions.
            boolean rope = i < rotated.length ? rotated[i] != 0 : (i + 1) % interval != 0;
            AttentionSpec a = attention.window(use ? windows[i] : 0);
            return LayerSpec.preNorm(f.rmsNorm(), rope ? a : a.rope(null), mlp);
        });
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = f.attention(true);
        MlpSpec mlp = MlpSpec.gated(Activation.SILU, f.inner());
        return f.decoder(
                f.rmsNorm(),
                i -> LayerSpec.preNorm(f.rmsNorm(), (i + 1) % 4 == 0 ? attention.rope(null) : attention, mlp));
    }

    @Override
    public boolean permutedInGguf() {
        return true;
    }
}
