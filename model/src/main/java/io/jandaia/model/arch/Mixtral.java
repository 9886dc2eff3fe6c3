package io.jandaia.model.arch;

import io.jandaia.model.arch.ExpertsSpec.Routing;
import io.jandaia.model.arch.ExpertsSpec.Score;
import io.jandaia.model.format.Config;

/** Mixtral (Jiang et al. 2024): Mistral with experts in place of the feed-forward block. */
final class Mixtral implements Family {

    @Override
    public String hubName() {
        return "MixtralForCausalLM";
    }

    @Override
    public String ggufTarget() {
        return "llama";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        AttentionSpec attention = f.attention().window(f.window());
        MlpSpec expert = MlpSpec.gated(f.activation(), f.inner());
        ExpertsSpec experts = ExpertsSpec.of(
                c.size("num_local_experts"),
                c.size("num_experts_per_tok", 2),
                expert,
                Routing.best(Score.SOFTMAX, true));
        c.ignore("router_jitter_noise", "router_aux_loss_coef", "output_router_logits");
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, experts));
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .with(Role.ROUTER, "block_sparse_moe.gate")
                .with(Role.EXPERT_GATE, "block_sparse_moe.experts.{e}.w1")
                .with(Role.EXPERT_UP, "block_sparse_moe.experts.{e}.w3")
                .with(Role.EXPERT_DOWN, "block_sparse_moe.experts.{e}.w2");
    }
}
