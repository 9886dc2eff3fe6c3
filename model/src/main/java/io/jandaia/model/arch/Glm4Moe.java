package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** GLM 4.5 to 4.7 with experts (Zeng et al. 2025): the experts of DeepSeek V3 behind grouped attention with rotary positions on a part of each head. */
final class Glm4Moe implements Family {

    @Override
    public String hubName() {
        return "Glm4MoeForCausalLM";
    }

    @Override
    public String ggufName() {
        return "glm4moe";
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
        int first = c.whole("first_k_dense_replace", 1);
        c.ignore("num_nextn_predict_layers");
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, i < first ? dense : experts));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention =
                f.attention(false).headNorm(f.has("blk.0.attn_q_norm.weight") ? HeadNorm.shared(f.rmsNorm()) : null);
        MlpSpec dense = MlpSpec.gated(Activation.SILU, f.inner());
        ExpertsSpec experts = f.experts(MlpSpec.gated(Activation.SILU, f.expertInner()), f.routing(2), false);
        int first = c.whole("leading_dense_block_count", 1);
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, i < first ? dense : experts));
    }

    @Override
    public TensorNames ggufTensors() {
        return TensorNames.gguf().spareLayers().with(Role.MLP_NORM, "post_attention_norm");
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub().spareLayers();
    }
}
