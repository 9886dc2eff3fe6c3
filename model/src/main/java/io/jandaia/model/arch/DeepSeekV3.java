package io.jandaia.model.arch;

import io.jandaia.model.format.Config;

/** DeepSeek V3 and R1 (DeepSeek-AI 2024): latent attention, and experts that are chosen by groups with a correction. The layers that predict further tokens are left. */
final class DeepSeekV3 implements Family {

    @Override
    public String hubName() {
        return "DeepseekV3ForCausalLM";
    }

    @Override
    public String ggufTarget() {
        return "deepseek2";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        LatentAttentionSpec attention = f.latentAttention(c.flag("rope_interleave", true));
        MlpSpec dense = MlpSpec.gated(f.activation(), f.inner());
        ExpertsSpec experts = f.deepSeekExperts();
        int first = c.whole("first_k_dense_replace", 3);
        c.ignore("num_nextn_predict_layers", "head_dim", "qk_head_dim", "num_key_value_heads", "moe_layer_freq");
        c.ignore("topk_method", "scoring_func", "seq_aux", "aux_loss_alpha", "ep_size");
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, i < first ? dense : experts));
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub().spareLayers();
    }
}
