package io.jandaia.model.arch;

import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** ERNIE 4.5, dense (Baidu 2025): Llama with rotary positions in neighbouring pairs. */
final class Ernie45 implements Family {

    @Override
    public String hubName() {
        return "Ernie4_5ForCausalLM";
    }

    @Override
    public String ggufName() {
        return "ernie4_5";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        boolean bias = c.flag("use_bias", false);
        AttentionSpec attention = f.attention().bias(bias, bias).rope(f.rope().inPairs());
        MlpSpec mlp = MlpSpec.gated(f.activation(), f.inner()).bias(bias);
        return f.decoder(
                EmbeddingSpec.of(f.dim()),
                f.rmsNorm(),
                HeadSpec.of(f.tiedHead(true)),
                i -> LayerSpec.preNorm(f.rmsNorm(), attention, mlp));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = f.attention(true);
        MlpSpec mlp = MlpSpec.gated(Activation.SILU, f.inner());
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, mlp));
    }
}
