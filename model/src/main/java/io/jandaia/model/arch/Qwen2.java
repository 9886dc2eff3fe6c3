package io.jandaia.model.arch;

import io.jandaia.model.arch.DecoderSpec.AttentionSpec;
import io.jandaia.model.arch.DecoderSpec.MlpSpec;
import io.jandaia.model.arch.DecoderSpec.NormSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** Qwen 1.5 to 2.5 (Yang et al. 2024): Llama with biases on queries, keys and values, and optional sliding windows. */
final class Qwen2 implements Family {

    @Override
    public String hubName() {
        return "Qwen2ForCausalLM";
    }

    @Override
    public String ggufName() {
        return "qwen2";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        return new DecoderSpec(
                f.vocabulary(),
                f.dim(),
                f.layers(),
                f.contextLength(),
                new NormSpec(f.normEps()),
                new AttentionSpec(f.heads(), f.kvHeads(), f.headDim(), true, false, false, f.qwenWindows()),
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
                new AttentionSpec(f.heads(), f.kvHeads(), f.headDim(), true, false, false, f.noWindows()),
                f.rope(false),
                new MlpSpec(f.inner(), false),
                f.tiedHead());
    }
}
