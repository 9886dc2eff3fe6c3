package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.ExpertsSpec.Routing;
import io.jandaia.model.arch.ExpertsSpec.Score;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** DeepSeek V2 (DeepSeek-AI 2024): latent attention and experts, chosen by softmax, in the large model by groups. */
final class DeepSeekV2 implements Family {

    @Override
    public String hubName() {
        return "DeepseekV2ForCausalLM";
    }

    @Override
    public String ggufName() {
        return "deepseek2";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        LatentAttentionSpec attention = f.latentAttention(true);
        MlpSpec dense = MlpSpec.gated(f.activation(), f.inner());
        MlpSpec expert = MlpSpec.gated(f.activation(), c.size("moe_intermediate_size"));
        Routing best = Routing.best(Score.SOFTMAX, c.flag("norm_topk_prob", false))
                .scaled(c.number("routed_scaling_factor", 1));
        String method = c.string("topk_method", "greedy");
        Routing routing = switch (method) {
            case "greedy" -> best;
            case "group_limited_greedy" -> best.grouped(c.size("n_group", 1), c.size("topk_group", 1), 1);
            default ->
                throw JandaiaException.unsupported("The configuration's topk_method is '" + method
                        + "'; this family knows greedy and group_limited_greedy.");
        };
        ExpertsSpec experts = ExpertsSpec.of(c.size("n_routed_experts"), c.size("num_experts_per_tok"), expert, routing)
                .shared(MlpSpec.gated(f.activation(), expert.inner() * c.size("n_shared_experts", 1)), false);
        int first = c.whole("first_k_dense_replace", 1);
        c.ignore(
                "head_dim",
                "qk_head_dim",
                "num_key_value_heads",
                "moe_layer_freq",
                "mlp_bias",
                "n_group",
                "topk_group");
        c.ignore("scoring_func", "seq_aux", "aux_loss_alpha", "ep_size");
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, i < first ? dense : experts));
    }

    @Override
    public Family hubTarget(DecoderSpec spec) {
        return spec.layers().getLast().feedForward() instanceof ExpertsSpec e
                        && e.routing().score() == Score.SIGMOID
                ? new DeepSeekV3()
                : this;
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        LatentAttentionSpec attention = f.latentAttention();
        MlpSpec dense = MlpSpec.gated(Activation.SILU, f.inner());
        ExpertsSpec experts = f.experts(MlpSpec.gated(Activation.SILU, f.expertInner()), f.routing(2), false);
        int first = c.whole("leading_dense_block_count", 0);
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, i < first ? dense : experts));
    }

    @Override
    public TensorNames ggufTensors() {
        return TensorNames.gguf().spareLayers();
    }
}
