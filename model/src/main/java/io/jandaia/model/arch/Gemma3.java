package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** Gemma 3 (Kamath et al. 2025), its language model: Gemma 2 with norms of queries and keys in place of soft caps, five layers with a window to one without, and rotary positions of their own for each kind. */
final class Gemma3 implements Family {

    @Override
    public String hubName() {
        return "Gemma3ForCausalLM";
    }

    @Override
    public String ggufName() {
        return "gemma3";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        NormSpec norm = f.rmsNorm().storedMinusOne();
        boolean bias = c.flag("attention_bias", false);
        AttentionSpec attention = AttentionSpec.of(f.heads(), f.kvHeads(), f.headDim())
                .bias(bias, bias)
                .headNorm(HeadNorm.shared(norm))
                .scale(Math.pow(c.number("query_pre_attn_scalar", 256), -0.5))
                .cap(c.number("attn_logit_softcapping", 0));
        long pattern = c.integer(c.anyOf("sliding_window_pattern", "_sliding_window_pattern"), 6);
        int[] windows = f.windows(i -> (i + 1) % pattern != 0);
        RopeSpec global = f.rope("full_attention");
        RopeSpec local = f.localRope();
        MlpSpec mlp = MlpSpec.gated(Activation.GELU_TANH, f.inner());
        c.ignore("hidden_act", "hidden_activation"); // early files say gelu and mean its approximation
        return f.decoder(
                EmbeddingSpec.of(f.dim()).scaled(Math.sqrt(f.dim())),
                norm,
                HeadSpec.of(f.tiedHead(true)).capped(c.number("final_logit_softcapping", 0)),
                i -> LayerSpec.sandwich(norm, attention.window(windows[i]).rope(windows[i] > 0 ? local : global), mlp));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        double divisor = f.layerCount() == 62 ? (double) f.dim() / f.heads() : f.headDim();
        RopeSpec global = f.rope(false);
        double localBase = c.number("rope.freq_base_swa", 10000);
        RopeSpec local = new RopeSpec(localBase, global.rotary(), false, new RopeSpec.None(), null);
        AttentionSpec attention = f.attention(false)
                .headNorm(HeadNorm.shared(f.rmsNorm()))
                .scale(Math.pow(divisor, -0.5))
                .cap(c.number("attn_logit_softcapping", 0));
        int window = f.window();
        MlpSpec mlp = MlpSpec.gated(Activation.GELU_TANH, f.inner());
        return f.decoder(
                EmbeddingSpec.of(f.dim()).scaled(Math.sqrt(f.dim())),
                f.rmsNorm(),
                HeadSpec.of(f.tiedHead()).capped(c.number("final_logit_softcapping", 0)),
                i -> {
                    boolean slides = window > 0 && (i + 1) % 6 != 0;
                    AttentionSpec a = slides ? attention.window(window).rope(local) : attention;
                    return LayerSpec.sandwich(f.rmsNorm(), a, mlp);
                });
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .with(Role.ATTENTION_OUTPUT_NORM, "post_attention_layernorm")
                .with(Role.MLP_NORM, "pre_feedforward_layernorm")
                .with(Role.MLP_OUTPUT_NORM, "post_feedforward_layernorm");
    }
}
