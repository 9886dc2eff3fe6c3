package io.jandaia.model.arch;

import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** StarCoder 2 (Lozhkov et al. 2024): grouped attention with an optional window, layer norms, a plain feed-forward block. */
final class StarCoder2 implements Family {

    @Override
    public String hubName() {
        return "Starcoder2ForCausalLM";
    }

    @Override
    public String ggufName() {
        return "starcoder2";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        NormSpec norm = f.layerNorm("norm_epsilon");
        boolean bias = c.flag("use_bias", true);
        AttentionSpec attention = f.attention().bias(bias, bias).window(f.window());
        MlpSpec mlp = MlpSpec.plain(f.activation("gelu_pytorch_tanh", "hidden_act"), f.inner())
                .bias(bias);
        c.ignore("mlp_type", "norm_type"); // default and layer_norm in all checkpoints
        return f.decoder(
                EmbeddingSpec.of(f.dim()),
                norm,
                HeadSpec.of(f.tiedHead(true)),
                i -> LayerSpec.preNorm(norm, attention, mlp));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        boolean bias = f.has("blk.0.ffn_up.bias");
        AttentionSpec attention = f.attention(false);
        MlpSpec mlp = MlpSpec.plain(Activation.GELU_TANH, f.inner()).bias(bias);
        return f.decoder(f.layerNorm(), i -> LayerSpec.preNorm(f.layerNorm(), attention, mlp));
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub().with(Role.UP, "mlp.c_fc").with(Role.DOWN, "mlp.c_proj");
    }
}
