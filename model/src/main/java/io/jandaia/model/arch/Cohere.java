package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** Command R (Cohere 2024): both parts side by side behind one layer norm without bias, rotary positions in neighbouring pairs, scaled logits. */
final class Cohere implements Family {

    @Override
    public String hubName() {
        return "CohereForCausalLM";
    }

    @Override
    public String ggufName() {
        return "command-r";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        NormSpec norm = f.layerNorm("layer_norm_eps").withoutBias();
        boolean bias = c.flag("attention_bias", false);
        AttentionSpec attention = f.attention()
                .bias(bias, bias)
                .rope(f.rope().inPairs())
                .headNorm(c.flag("use_qk_norm", false) ? HeadNorm.each(norm) : null);
        MlpSpec mlp = MlpSpec.gated(f.activation(), f.inner());
        return f.decoder(
                EmbeddingSpec.of(f.dim()),
                norm,
                HeadSpec.of(f.tiedHead(true)).scaled(c.number("logit_scale", 0.0625)),
                i -> LayerSpec.parallelOneNorm(norm, attention, mlp));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        NormSpec norm = f.layerNorm().withoutBias();
        AttentionSpec attention =
                f.attention(true).headNorm(f.has("blk.0.attn_q_norm.weight") ? HeadNorm.each(norm) : null);
        MlpSpec mlp = MlpSpec.gated(Activation.SILU, f.inner());
        return f.decoder(
                EmbeddingSpec.of(f.dim()),
                norm,
                HeadSpec.of(f.tiedHead()).scaled(c.number("logit_scale", 1)),
                i -> LayerSpec.parallelOneNorm(norm, attention, mlp));
    }
}
