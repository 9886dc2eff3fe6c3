package io.jandaia.model.arch;

import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** Gemma 2 (Riviere et al. 2024): Gemma with norms around both parts, soft caps, and a window in every other layer. */
final class Gemma2 implements Family {

    @Override
    public String hubName() {
        return "Gemma2ForCausalLM";
    }

    @Override
    public String ggufName() {
        return "gemma2";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        NormSpec norm = f.rmsNorm().storedMinusOne();
        boolean bias = c.flag("attention_bias", false);
        AttentionSpec attention = f.attention()
                .bias(bias, bias)
                .scale(Math.pow(c.number("query_pre_attn_scalar", 256), -0.5))
                .cap(c.number("attn_logit_softcapping", 0));
        int[] windows = f.windows(i -> i % 2 == 0);
        MlpSpec mlp = MlpSpec.gated(Activation.GELU_TANH, f.inner());
        c.ignore("hidden_act", "hidden_activation"); // early files say gelu and mean its approximation
        return f.decoder(
                EmbeddingSpec.of(f.dim()).scaled(Math.sqrt(f.dim())),
                norm,
                HeadSpec.of(f.tiedHead(true)).capped(c.number("final_logit_softcapping", 0)),
                i -> LayerSpec.sandwich(norm, attention.window(windows[i]), mlp));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        // Files do not say what scores are divided by: the width of a head, but in the largest model that of the
        // model's share.
        double divisor = f.layerCount() == 46 ? (double) f.dim() / f.heads() : f.headDim();
        AttentionSpec attention =
                f.attention(false).scale(Math.pow(divisor, -0.5)).cap(c.number("attn_logit_softcapping", 50));
        int window = f.window();
        MlpSpec mlp = MlpSpec.gated(Activation.GELU_TANH, f.inner());
        return f.decoder(
                EmbeddingSpec.of(f.dim()).scaled(Math.sqrt(f.dim())),
                f.rmsNorm(),
                HeadSpec.of(f.tiedHead()).capped(c.number("final_logit_softcapping", 30)),
                i -> LayerSpec.sandwich(f.rmsNorm(), attention.window(i % 2 == 0 ? window : 0), mlp));
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .with(Role.ATTENTION_OUTPUT_NORM, "post_attention_layernorm")
                .with(Role.MLP_NORM, "pre_feedforward_layernorm")
                .with(Role.MLP_OUTPUT_NORM, "post_feedforward_layernorm");
    }
}
