package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.format.Config;

/** GLM 4.5 to 4.7 with experts (Zeng et al. 2025): the experts of DeepSeek V3 behind grouped attention with rotary positions on a part of each head. */
final class Glm4Moe implements Family {

    @Override
    public String hubName() {
        return "Glm4MoeForCausalLM";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        RopeSpec rope = HubRope.of(c, f.headDim(), f.positions(), "partial_rotary_factor", 0.5, "rope_theta");
        AttentionSpec attention = f.attention()
                .bias(c.flag("attention_bias", false), false)
                .rope(rope)
                .headNorm(c.flag("use_qk_norm", false) ? HeadNorm.shared(f.rmsNorm()) : null);
        MlpSpec dense = MlpSpec.gated(f.activation(), f.inner());
        ExpertsSpec experts = f.deepSeekExperts();
        int first = Math.toIntExact(c.integer("first_k_dense_replace", 1));
        c.ignore("num_nextn_predict_layers");
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, i < first ? dense : experts));
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub().spareLayers();
    }
}
