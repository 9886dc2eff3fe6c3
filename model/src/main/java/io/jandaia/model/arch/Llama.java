package io.jandaia.model.arch;

import io.jandaia.model.arch.ExpertsSpec.Routing;
import io.jandaia.model.arch.ExpertsSpec.Score;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/**
 * Llama 1 to 3 and what is shaped like them (Touvron et al. 2023): norm before each block, grouped attention, rotary
 * positions, a gated feed-forward block. GGUF files of Mistral and Mixtral call themselves so too; in them the rows of queries and keys are stored so that pairs are neighbours.
 */
final class Llama implements Family {

    @Override
    public String hubName() {
        return "LlamaForCausalLM";
    }

    @Override
    public String ggufName() {
        return "llama";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        boolean bias = c.flag("attention_bias", false);
        AttentionSpec attention = f.attention().bias(bias, bias);
        MlpSpec mlp = MlpSpec.gated(f.activation(), f.inner()).bias(c.flag("mlp_bias", false));
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, mlp));
    }

    @Override
    public Family hubTarget(DecoderSpec spec) {
        return spec.layers().getFirst().feedForward() instanceof ExpertsSpec ? new Mixtral() : this;
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = f.attention(true);
        MlpSpec mlp = MlpSpec.gated(Activation.SILU, f.inner()).bias(f.has("blk.0.ffn_gate.bias"));
        FeedForwardSpec feedForward = c.has("expert_count") && c.integer("expert_count") > 0
                ? f.experts(MlpSpec.gated(Activation.SILU, f.expertInner()), Routing.best(Score.SOFTMAX, true), false)
                : mlp;
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention, feedForward));
    }

    @Override
    public boolean permutedInGguf() {
        return true;
    }

    /** With the names of Mixtral's experts, whose GGUF files call themselves llama: adapters are named after the Hub's modules. */
    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .with(Role.ROUTER, "block_sparse_moe.gate")
                .with(Role.EXPERT_GATE, "block_sparse_moe.experts.{e}.w1")
                .with(Role.EXPERT_UP, "block_sparse_moe.experts.{e}.w3")
                .with(Role.EXPERT_DOWN, "block_sparse_moe.experts.{e}.w2");
    }
}
