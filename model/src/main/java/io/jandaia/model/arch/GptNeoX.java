package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * GPT-NeoX (Black et al. 2022): Pythia and Dolly 2.0. Rotary positions on a part of each head; attention and feed-forward part
 * side by side, or, without {@code use_parallel_residual}, one after the other.
 */
final class GptNeoX implements Family {

    @Override
    public String hubName() {
        return "GPTNeoXForCausalLM";
    }

    @Override
    public String ggufName() {
        return "gptneox";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        RopeSpec rope = HubRope.of(c, f.headDim(), f.positions(), "rotary_pct", 0.25, "rotary_emb_base");
        boolean bias = c.flag("attention_bias", true);
        AttentionSpec attention = AttentionSpec.of(f.heads(), f.heads(), f.headDim())
                .layout(QkvLayout.PER_GROUP)
                .bias(bias, bias)
                .rope(rope);
        MlpSpec mlp =
                MlpSpec.plain(f.activation("gelu", "hidden_act"), f.inner()).bias(true);
        return f.decoder(
                EmbeddingSpec.of(f.dim()),
                f.layerNorm("layer_norm_eps"),
                HeadSpec.of(f.tiedHead(false)),
                layer(c.flag("use_parallel_residual", true), f.layerNorm("layer_norm_eps"), attention, mlp));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = AttentionSpec.of(f.heads(), f.heads(), f.headDim())
                .layout(QkvLayout.BLOCKS)
                .bias(true, true)
                .rope(f.rope(false));
        MlpSpec mlp = MlpSpec.plain(Activation.GELU, f.inner()).bias(true);
        return f.decoder(f.layerNorm(), layer(c.flag("use_parallel_residual", true), f.layerNorm(), attention, mlp));
    }

    private static IntFunction<LayerSpec> layer(boolean parallel, NormSpec norm, AttentionSpec attention, MlpSpec mlp) {
        return i -> parallel ? LayerSpec.parallel(norm, attention, mlp) : LayerSpec.preNorm(norm, attention, mlp);
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .prefixes("gpt_neox.", "")
                .with(Role.EMBEDDING, "embed_in")
                .with(Role.HEAD, "embed_out|lm_head")
                .with(Role.QKV, "attention.query_key_value")
                .with(Role.ATTENTION_OUTPUT, "attention.dense")
                .with(Role.UP, "mlp.dense_h_to_4h")
                .with(Role.DOWN, "mlp.dense_4h_to_h")
                .with(Role.FINAL_NORM, "final_layer_norm");
    }

    @Override
    public QkvLayout hubQkv() {
        return QkvLayout.PER_GROUP;
    }
}
