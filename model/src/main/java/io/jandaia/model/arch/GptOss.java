package io.jandaia.model.arch;

import io.jandaia.model.arch.ExpertsSpec.Routing;
import io.jandaia.model.arch.ExpertsSpec.Score;
import io.jandaia.model.arch.ExpertsSpec.Storage;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** gpt-oss (OpenAI 2025): experts with limited gates, a learned score of seeing nothing for each head, and a window in every other layer. */
final class GptOss implements Family {

    @Override
    public String hubName() {
        return "GptOssForCausalLM";
    }

    @Override
    public String ggufName() {
        return "gpt-oss";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        AttentionSpec attention = f.attention()
                .bias(c.flag("attention_bias", true), c.flag("attention_bias", true))
                .withSinks();
        MlpSpec expert = MlpSpec.gated(Activation.GELU_QUICK, f.inner())
                .fusedGate()
                .bias(true)
                .limited(c.number("swiglu_limit", 7));
        ExpertsSpec experts = ExpertsSpec.of(
                        c.size("num_local_experts"),
                        c.size(c.anyOf("num_experts_per_tok", "experts_per_token"), 4),
                        expert,
                        Routing.best(Score.SOFTMAX_OF_CHOSEN, true).biased())
                .stored(mxfp4(c) ? Storage.STACKED : Storage.STACKED_ALTERNATING);
        c.ignore("hidden_act", "router_aux_loss_coef", "output_router_logits", "experts_per_token");
        c.ignore("initial_context_length"); // what the scaling's own original length says
        int[] windows = f.windows(i -> i % 2 == 0);
        return f.decoder(f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention.window(windows[i]), experts));
    }

    /** Experts as they are hosted; unpacked they have the order that most families store. */
    private static boolean mxfp4(Config c) {
        return c.value("quantization_config") instanceof Map<?, ?> q && "mxfp4".equals(q.get("quant_method"));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = f.attention(false)
                .rope(f.rope(false).untruncated())
                .bias(true, true)
                .withSinks();
        MlpSpec expert =
                MlpSpec.gated(Activation.GELU_QUICK, f.expertInner()).bias(true).limited(7);
        ExpertsSpec experts =
                f.experts(expert, Routing.best(Score.SOFTMAX_OF_CHOSEN, true).biased(), false);
        int window = f.window();
        c.ignore("feed_forward_length");
        return f.decoder(
                f.rmsNorm(), i -> LayerSpec.preNorm(f.rmsNorm(), attention.window(i % 2 == 0 ? window : 0), experts));
    }

    @Override
    public TensorNames ggufTensors() {
        return TensorNames.gguf().with(Role.MLP_NORM, "post_attention_norm");
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .with(Role.ROUTER, "mlp.router")
                .with(Role.EXPERT_GATE_UP, "mlp.experts.gate_up_proj")
                .with(Role.EXPERT_DOWN, "mlp.experts.down_proj");
    }
}
