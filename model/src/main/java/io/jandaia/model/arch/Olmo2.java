package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** OLMo 2 (Walsh et al. 2024): Llama with norms behind the parts instead of before them, and on all queries and keys of a token together. */
final class Olmo2 implements Family {

    @Override
    public String hubName() {
        return "Olmo2ForCausalLM";
    }

    @Override
    public String ggufName() {
        return "olmo2";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        boolean bias = c.flag("attention_bias", false);
        AttentionSpec attention = f.attention().bias(bias, bias).headNorm(HeadNorm.whole(f.rmsNorm()));
        MlpSpec mlp = MlpSpec.gated(f.activation(), f.inner());
        return f.decoder(f.rmsNorm(), i -> LayerSpec.outputNorm(f.rmsNorm(), attention, mlp));
    }

    @Override
    public Family hubTarget(DecoderSpec spec) {
        return spec.layers().getFirst().mixer() instanceof AttentionSpec a && a.window() > 0 ? new Olmo3() : this;
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = f.attention(false).headNorm(HeadNorm.whole(f.rmsNorm()));
        MlpSpec mlp = MlpSpec.gated(Activation.SILU, f.inner());
        int window = f.window(); // OLMo 3 comes under the same name
        RopeSpec rope = f.rope(false);
        RopeSpec local = new RopeSpec(rope.base(), rope.rotary(), false, new RopeSpec.None(), null);
        return f.decoder(f.rmsNorm(), i -> {
            boolean slides = window > 0 && (i + 1) % 4 != 0;
            AttentionSpec a = slides ? attention.window(window).rope(local) : attention;
            return LayerSpec.outputNorm(f.rmsNorm(), a, mlp);
        });
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .with(Role.ATTENTION_OUTPUT_NORM, "post_attention_layernorm")
                .with(Role.MLP_OUTPUT_NORM, "post_feedforward_layernorm");
    }
}
