package io.jandaia.model.arch;

import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** Granite 3 (IBM 2024): Llama with multipliers for embedding, scores, residuals and logits. */
final class Granite implements Family {

    @Override
    public String hubName() {
        return "GraniteForCausalLM";
    }

    @Override
    public String ggufName() {
        return "granite";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        boolean bias = c.flag("attention_bias", false);
        AttentionSpec attention = f.attention().bias(bias, bias).scale(c.number("attention_multiplier", 1));
        MlpSpec mlp = MlpSpec.gated(f.activation(), f.inner()).bias(c.flag("mlp_bias", false));
        double residual = c.number("residual_multiplier", 1);
        return f.decoder(
                EmbeddingSpec.of(f.dim()).scaled(c.number("embedding_multiplier", 1)),
                f.rmsNorm(),
                HeadSpec.of(f.tiedHead(false)).scaled(1 / c.number("logits_scaling", 1)),
                i -> LayerSpec.preNorm(f.rmsNorm(), attention, mlp).residualScale(residual));
    }

    @Override
    public Map<String, Object> toGguf(DecoderSpec spec) {
        Map<String, Object> keys = GgufKeys.of(spec);
        keys.put("logit_scale", 1 / spec.head().scale());
        return keys;
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = f.attention(true);
        AttentionSpec scaled = attention.scale(c.number("attention.scale", attention.scale()));
        MlpSpec mlp = MlpSpec.gated(Activation.SILU, f.inner()).bias(f.has("blk.0.ffn_gate.bias"));
        double residual = c.number("residual_scale", 1);
        return f.decoder(
                EmbeddingSpec.of(f.dim()).scaled(c.number("embedding_scale", 1)),
                f.rmsNorm(),
                HeadSpec.of(f.tiedHead()).scaled(1 / c.number("logit_scale", 1)),
                i -> LayerSpec.preNorm(f.rmsNorm(), scaled, mlp).residualScale(residual));
    }

    @Override
    public boolean permutedInGguf() {
        return true;
    }
}
