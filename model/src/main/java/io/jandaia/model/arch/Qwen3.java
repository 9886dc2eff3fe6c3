package io.jandaia.model.arch;

import io.jandaia.model.arch.DecoderSpec.AttentionSpec;
import io.jandaia.model.arch.DecoderSpec.MlpSpec;
import io.jandaia.model.arch.DecoderSpec.NormSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** Qwen 3, dense (Yang et al. 2025): Llama with a norm on each head's queries and keys, and optional sliding windows. */
final class Qwen3 implements Family {

    @Override
    public String hubName() {
        return "Qwen3ForCausalLM";
    }

    @Override
    public String ggufName() {
        return "qwen3";
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
                new AttentionSpec(f.heads(), f.kvHeads(), f.headDim(), bias, bias, true, f.qwenWindows()),
                f.rope(),
                new MlpSpec(f.inner(), false),
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
                new AttentionSpec(f.heads(), f.kvHeads(), f.headDim(), false, false, true, f.noWindows()),
                f.rope(false),
                new MlpSpec(f.inner(), false),
                f.tiedHead());
    }
}
