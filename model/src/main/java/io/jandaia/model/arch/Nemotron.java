package io.jandaia.model.arch;

import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** Nemotron and Minitron (Parmar et al. 2024): layer norms that are stored as their distance from 1, squared ReLU, rotary positions on a part of each head. */
final class Nemotron implements Family {

    @Override
    public String hubName() {
        return "NemotronForCausalLM";
    }

    @Override
    public String ggufName() {
        return "nemotron";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        NormSpec norm = f.layerNorm("norm_eps").storedMinusOne();
        boolean bias = c.flag("attention_bias", false);
        RopeSpec rope = HubRope.of(
                c, f.headDim(), f.positions(), c.anyOf("partial_rotary_factor", "rope_percent"), 0.5, "rope_theta");
        AttentionSpec attention = f.attention().bias(bias, bias).rope(rope);
        MlpSpec mlp =
                MlpSpec.plain(f.activation("relu2", "hidden_act"), f.inner()).bias(c.flag("mlp_bias", false));
        return f.decoder(norm, i -> LayerSpec.preNorm(norm, attention, mlp));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = f.attention(false);
        MlpSpec mlp = MlpSpec.plain(Activation.RELU_SQUARED, f.inner()).bias(f.has("blk.0.ffn_up.bias"));
        return f.decoder(f.layerNorm(), i -> LayerSpec.preNorm(f.layerNorm(), attention, mlp));
    }
}
