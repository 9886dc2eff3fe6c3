package io.jandaia.model.arch;

import io.jandaia.model.arch.DecoderSpec.AttentionSpec;
import io.jandaia.model.arch.DecoderSpec.MlpSpec;
import io.jandaia.model.arch.DecoderSpec.NormSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/**
 * Llama 1 to 3 and what is shaped like them (Touvron et al. 2023): norm before each block, grouped attention, rotary
 * positions, a gated feed-forward block. In GGUF files the rows of queries and keys are stored so that pairs are neighbours.
 */
final class Llama implements Family {

    @Override
    public String hubName() {
        return "LlamaForCausalLM";
    }

    @Override
    public String ggufName() {
        return "llama";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        boolean bias = c.flag("attention_bias", false);
        return new DecoderSpec(
                f.vocabulary(),
                f.dim(),
                f.layers(),
                f.contextLength(),
                new NormSpec(f.normEps()),
                new AttentionSpec(f.heads(), f.kvHeads(), f.headDim(), bias, bias, false, f.noWindows()),
                f.rope(),
                new MlpSpec(f.inner(), c.flag("mlp_bias", false)),
                f.tiedHead());
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        return new DecoderSpec(
                f.vocabulary(),
                f.dim(),
                f.layers(),
                f.contextLength(),
                new NormSpec(f.normEps()),
                new AttentionSpec(
                        f.heads(),
                        f.kvHeads(),
                        f.headDim(),
                        f.has("blk.0.attn_q.bias"),
                        f.has("blk.0.attn_output.bias"),
                        false,
                        f.noWindows()),
                f.rope(true),
                new MlpSpec(f.inner(), f.has("blk.0.ffn_gate.bias")),
                f.tiedHead());
    }
}
