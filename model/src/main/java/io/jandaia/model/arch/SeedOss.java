package io.jandaia.model.arch;

import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** Seed-OSS (ByteDance 2025): Llama with biases on queries, keys and values. */
final class SeedOss implements Family {

    @Override
    public String hubName() {
        return "SeedOssForCausalLM";
    }

    @Override
    public String ggufName() {
        return "seed_oss";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        AttentionSpec attention =
                f.attention().bias(c.flag("attention_bias", true), c.flag("attention_out_bias", false));
        MlpSpec mlp = MlpSpec.gated(f.activation(), f.inner()).bias(c.flag("mlp_bias", false));
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, mlp));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = f.attention(false);
        MlpSpec mlp = MlpSpec.gated(Activation.SILU, f.inner());
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, mlp));
    }

    @Override
    public TensorNames ggufTensors() {
        return TensorNames.gguf().with(Role.MLP_NORM, "post_attention_norm");
    }
}
