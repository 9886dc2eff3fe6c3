package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** StableLM 2 (Bellagente et al. 2024): Llama with layer norms, rotary positions on a part of each head, and in the 12B model norms for each head and both parts side by side. */
final class StableLm implements Family {

    @Override
    public String hubName() {
        return "StableLmForCausalLM";
    }

    @Override
    public String ggufName() {
        return "stablelm";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        NormSpec norm = f.layerNorm("layer_norm_eps");
        HeadNorm heads = c.flag("qk_layernorm", false) ? HeadNorm.each(norm.withoutBias()) : null;
        RopeSpec rope = HubRope.of(
                c, f.headDim(), f.positions(), c.anyOf("partial_rotary_factor", "rope_pct"), 0.25, "rope_theta");
        AttentionSpec attention = AttentionSpec.of(f.heads(), f.kvHeads(), f.headDim())
                .rope(rope)
                .bias(c.flag("use_qkv_bias", false), false)
                .headNorm(heads);
        MlpSpec mlp = MlpSpec.gated(f.activation(), f.inner());
        boolean parallel = c.flag("use_parallel_residual", false);
        return f.decoder(
                norm,
                i -> parallel
                        ? LayerSpec.parallelOneNorm(norm, attention, mlp)
                        : LayerSpec.preNorm(norm, attention, mlp));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        NormSpec norm = f.layerNorm();
        AttentionSpec attention = f.attention(false)
                .headNorm(f.has("blk.0.attn_q_norm.weight") ? HeadNorm.each(norm.withoutBias()) : null);
        MlpSpec mlp = MlpSpec.gated(Activation.SILU, f.inner());
        c.ignore("use_parallel_residual"); // the tensors say it
        boolean parallel = !f.has("blk.0.ffn_norm.weight");
        return f.decoder(
                norm,
                i -> parallel
                        ? LayerSpec.parallelOneNorm(norm, attention, mlp)
                        : LayerSpec.preNorm(norm, attention, mlp));
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .with(Role.QUERY_NORM, "self_attn.q_layernorm.norms.{h}")
                .with(Role.KEY_NORM, "self_attn.k_layernorm.norms.{h}");
    }
}
