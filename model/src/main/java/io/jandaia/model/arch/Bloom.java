package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.Alibi;
import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** BLOOM (Le Scao et al. 2022): scores that fall with distance in place of positions, a norm after the embedding. */
final class Bloom implements Family {

    @Override
    public String hubName() {
        return "BloomForCausalLM";
    }

    @Override
    public String ggufName() {
        return "bloom";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        NormSpec norm = f.layerNorm("layer_norm_epsilon");
        int dim = c.size(c.anyOf("hidden_size", "n_embed", "n_embd"));
        int heads = f.heads();
        AttentionSpec attention = AttentionSpec.of(heads, heads, dim / heads)
                .layout(QkvLayout.PER_GROUP)
                .bias(true, true)
                .distanceBias(new Alibi(8));
        MlpSpec mlp = MlpSpec.plain(Activation.GELU_TANH, 4 * dim).bias(true);
        // The first two only chose between orders of summation; the third is what one training run was made of.
        c.ignore(
                "slow_but_exact", "attention_softmax_in_fp32", "masked_softmax_fusion", "unk_token_id", "offset_alibi");
        c.ignore("bias_dropout_fusion", "skip_bias_add", "skip_bias_add_qkv", "n_inner");
        return new DecoderSpec(
                f.vocabulary(),
                dim,
                f.positions(),
                EmbeddingSpec.of(dim).normed(norm),
                DecoderSpec.layers(f.layerCount(), i -> LayerSpec.preNorm(norm, attention, mlp)),
                norm,
                HeadSpec.of(f.tiedHead(true)));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention = f.attentionWithoutRope()
                .layout(QkvLayout.BLOCKS)
                .bias(true, true)
                .distanceBias(new Alibi(c.number("attention.max_alibi_bias", 8)));
        MlpSpec mlp = MlpSpec.plain(Activation.GELU_TANH, f.inner()).bias(true);
        return f.decoder(
                EmbeddingSpec.of(f.dim()).normed(f.layerNorm()),
                f.layerNorm(),
                HeadSpec.of(f.tiedHead()),
                i -> LayerSpec.preNorm(f.layerNorm(), attention, mlp));
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .prefixes("transformer.", "")
                .layer("h.{i}.")
                .with(Role.EMBEDDING, "word_embeddings")
                .with(Role.EMBEDDING_NORM, "word_embeddings_layernorm")
                .with(Role.QKV, "self_attention.query_key_value")
                .with(Role.ATTENTION_OUTPUT, "self_attention.dense")
                .with(Role.UP, "mlp.dense_h_to_4h")
                .with(Role.DOWN, "mlp.dense_4h_to_h")
                .with(Role.FINAL_NORM, "ln_f");
    }

    @Override
    public QkvLayout hubQkv() {
        return QkvLayout.PER_GROUP;
    }
}
