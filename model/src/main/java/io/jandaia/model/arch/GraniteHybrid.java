package io.jandaia.model.arch;

import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.arch.ExpertsSpec.Routing;
import io.jandaia.model.arch.ExpertsSpec.Score;
import io.jandaia.model.arch.ExpertsSpec.Storage;
import io.jandaia.model.format.Config;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Granite 4 (IBM 2025): state spaces of the second Mamba, attention without positions in some layers, experts beside a block for all, and the multipliers of Granite 3. */
final class GraniteHybrid implements Family {

    @Override
    public String hubName() {
        return "GraniteMoeHybridForCausalLM";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        boolean bias = c.flag("attention_bias", false);
        boolean rotary = c.string("position_embedding_type", "nope").equals("rope");
        AttentionSpec rotated = f.attention().bias(bias, bias).scale(c.number("attention_multiplier", 1));
        AttentionSpec attention = rotary ? rotated : rotated.rope(null);
        int heads = c.size("mamba_n_heads", 128);
        int inner = Math.multiplyExact(c.size("mamba_expand", 2), f.dim());
        int headDim = inner / heads;
        c.ignore("mamba_d_head", "mamba_chunk_size", "router_aux_loss_coef", "output_router_logits");
        c.ignore("normalization_function", "init_method", "logits_to_keep");
        List<Double> limits = steps(c.value("time_step_limit"));
        MambaSpec mamba = new MambaSpec(
                heads,
                headDim,
                c.size("mamba_d_state", 256),
                c.size("mamba_n_groups", 1),
                c.size("mamba_d_conv", 4),
                c.flag("mamba_proj_bias", false),
                c.flag("mamba_conv_bias", true),
                limits.getFirst().floatValue(),
                limits.getLast().floatValue(),
                f.rmsNorm());
        MlpSpec shared = MlpSpec.gated(f.activation(), c.size("shared_intermediate_size"))
                .fusedGate();
        FeedForwardSpec feedForward = feedForward(c, f, shared);
        List<String> types = f.layerTypes();
        double residual = c.number("residual_multiplier", 1);
        return f.decoder(
                EmbeddingSpec.of(f.dim()).scaled(c.number("embedding_multiplier", 1)),
                f.rmsNorm(),
                HeadSpec.of(f.tiedHead(false)).scaled(1 / c.number("logits_scaling", 1)),
                i -> {
                    boolean attends = !types.isEmpty()
                            && types.get(i).endsWith("attention")
                            && !types.get(i).startsWith("linear");
                    return LayerSpec.preNorm(f.rmsNorm(), attends ? attention : mamba, feedForward)
                            .residualScale(residual);
                });
    }

    /** The small models have no experts, only the block that all tokens use. */
    private static FeedForwardSpec feedForward(Config c, HubFields f, MlpSpec shared) {
        int experts = c.whole("num_local_experts", 0);
        int perToken = c.whole("num_experts_per_tok", 0);
        MlpSpec expert = MlpSpec.gated(f.activation(), f.inner()).fusedGate();
        return experts == 0
                ? shared
                : ExpertsSpec.of(experts, perToken, expert, Routing.best(Score.SOFTMAX_OF_CHOSEN, true))
                        .stored(Storage.STACKED)
                        .shared(shared, false);
    }

    /** The least and the largest step of time; what is not a number stands for none. */
    private static List<Double> steps(@Nullable Object limits) {
        if (limits instanceof List<?> l && l.size() == 2) {
            double min = l.getFirst() instanceof Number n ? n.doubleValue() : 0;
            double max = l.getLast() instanceof Number n ? n.doubleValue() : Double.POSITIVE_INFINITY;
            return List.of(min, Math.max(min, max));
        }
        return List.of(0.0, Double.POSITIVE_INFINITY);
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .with(Role.ROUTER, "block_sparse_moe.router.layer")
                .with(Role.EXPERT_GATE_UP, "block_sparse_moe.input_linear")
                .with(Role.EXPERT_DOWN, "block_sparse_moe.output_linear")
                .with(Role.GATE_UP, "shared_mlp.input_linear")
                .with(Role.DOWN, "shared_mlp.output_linear")
                .with(Role.SHARED_GATE_UP, "shared_mlp.input_linear")
                .with(Role.SHARED_DOWN, "shared_mlp.output_linear")
                .with(Role.RECURRENT_IN, "mamba.in_proj")
                .with(Role.CONVOLUTION, "mamba.conv1d")
                .with(Role.DECAY, "mamba.A_log")
                .with(Role.STEP_BIAS, "mamba.dt_bias")
                .with(Role.SKIP, "mamba.D")
                .with(Role.RECURRENT_NORM, "mamba.norm")
                .with(Role.RECURRENT_OUTPUT, "mamba.out_proj");
    }
}
