package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import java.util.List;
import java.util.stream.LongStream;

/** LFM2 (Liquid AI 2025): short gated convolutions, and attention in some layers. */
final class Lfm2 implements Family {

    @Override
    public String hubName() {
        return "Lfm2ForCausalLM";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        NormSpec norm = NormSpec.rms(c.number(c.anyOf("norm_eps", "block_norm_eps"), 1e-5));
        AttentionSpec attention = f.attention().headNorm(HeadNorm.shared(norm));
        ShortConvolutionSpec convolution =
                new ShortConvolutionSpec(f.dim(), c.size("conv_L_cache", 3), c.flag("conv_bias", false));
        MlpSpec mlp = MlpSpec.gated(Activation.SILU, inner(c));
        List<String> types = f.layerTypes();
        long[] attending = c.has("full_attn_idxs") ? c.integers("full_attn_idxs") : new long[0];
        c.ignore(
                "conv_dim",
                "conv_dim_out",
                "conv_use_xavier_init",
                "block_dim",
                "block_mlp_init_scale",
                "block_ff_dim");
        c.ignore("block_out_init_scale", "block_use_swiglu", "block_use_xavier_init", "block_norm_eps", "num_heads");
        c.ignore("use_pos_enc");
        return f.decoder(EmbeddingSpec.of(f.dim()), norm, HeadSpec.of(f.tiedHead(c.flag("tie_embedding", true))), i -> {
            boolean attends = types.isEmpty()
                    ? LongStream.of(attending).anyMatch(l -> l == i)
                    : types.get(i).equals("full_attention");
            return LayerSpec.preNorm(norm, attends ? attention : convolution, mlp);
        });
    }

    /** The width that configurations state is before an adjustment: two thirds, a factor, the next multiple. */
    private static int inner(Config c) {
        int inner = c.size(c.anyOf("intermediate_size", "block_ff_dim"));
        double factor = c.number("block_ffn_dim_multiplier", 1);
        int multiple = c.size("block_multiple_of", 256);
        if (!c.flag("block_auto_adjust_ff_dim", true)) {
            return inner;
        }
        int adjusted = (int) (factor * (int) (2L * inner / 3));
        return (adjusted + multiple - 1) / multiple * multiple;
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .with(Role.ATTENTION_NORM, "operator_norm")
                .with(Role.MLP_NORM, "ffn_norm")
                .with(Role.FINAL_NORM, "embedding_norm")
                .with(Role.ATTENTION_OUTPUT, "self_attn.out_proj")
                .with(Role.QUERY_NORM, "self_attn.q_layernorm")
                .with(Role.KEY_NORM, "self_attn.k_layernorm")
                .with(Role.GATE, "feed_forward.w1")
                .with(Role.UP, "feed_forward.w3")
                .with(Role.DOWN, "feed_forward.w2")
                .with(Role.RECURRENT_IN, "conv.in_proj")
                .with(Role.CONVOLUTION, "conv.conv")
                .with(Role.RECURRENT_OUTPUT, "conv.out_proj");
    }
}
