package io.jandaia.model.arch;

import io.jandaia.model.format.Config;

/** Nemotron and Minitron (Parmar et al. 2024): layer norms that are stored as their distance from 1, squared ReLU, rotary positions on a part of each head. */
final class Nemotron implements Family {

    @Override
    public String hubName() {
        return "NemotronForCausalLM";
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
}
