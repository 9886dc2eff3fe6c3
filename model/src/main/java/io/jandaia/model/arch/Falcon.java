package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.Alibi;
import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** Falcon (Almazrouei et al. 2023) in its three shapes: 7B (one head of keys and values, one norm), 40B and later (groups, a norm for each part), and RW (linear biases, parts one after the other). */
final class Falcon implements Family {

    @Override
    public String hubName() {
        return "FalconForCausalLM";
    }

    @Override
    public String ggufName() {
        return "falcon";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        NormSpec norm = f.layerNorm("layer_norm_epsilon");
        boolean current = c.flag("new_decoder_architecture", false);
        boolean multiQuery = c.flag("multi_query", true);
        boolean parallel = c.flag("parallel_attn", true);
        boolean bias = c.flag("bias", false);
        int heads = f.heads();
        int stated = c.size(c.anyOf("num_kv_heads", "n_head_kv"), heads);
        int kvHeads = current ? stated : multiQuery ? 1 : heads;
        AttentionSpec plain = AttentionSpec.of(heads, kvHeads, f.headDim())
                .layout(current || !multiQuery ? QkvLayout.PER_GROUP : QkvLayout.BLOCKS)
                .bias(bias, bias);
        // The biases are added before scores are scaled.
        AttentionSpec attention =
                c.flag("alibi", false) ? plain.distanceBias(new Alibi(8, plain.scale(), true)) : plain.rope(f.rope());
        MlpSpec mlp = MlpSpec.plain(f.activation("gelu", "activation"), c.size("ffn_hidden_size", 4 * f.dim()))
                .bias(bias);
        boolean twoNorms = current && c.integer("num_ln_in_parallel_attn", 2) == 2;
        LayerSpec layer = current || parallel
                ? twoNorms ? LayerSpec.parallel(norm, attention, mlp) : LayerSpec.parallelOneNorm(norm, attention, mlp)
                : LayerSpec.preNorm(norm, attention, mlp);
        return f.decoder(EmbeddingSpec.of(f.dim()), norm, HeadSpec.of(f.tiedHead(true)), i -> layer);
    }

    @Override
    public Map<String, Object> toHub(DecoderSpec spec) {
        Map<String, Object> keys = HubKeys.of(spec, this);
        keys.remove("head_dim"); // it follows
        LayerSpec layer = spec.layers().getFirst();
        boolean grouped = layer.mixer() instanceof AttentionSpec a && a.kvHeads() > 1 && a.kvHeads() < a.heads();
        boolean twoNorms = layer.feedForwardIn() != null;
        keys.put("new_decoder_architecture", grouped || twoNorms);
        keys.put("num_ln_in_parallel_attn", twoNorms ? 2L : 1L);
        return keys;
    }

    @Override
    public Map<String, Object> toGguf(DecoderSpec spec) {
        Map<String, Object> keys = GgufKeys.of(spec);
        keys.put("tensor_data_layout", "jploski");
        return keys;
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        NormSpec norm = f.layerNorm();
        AttentionSpec attention = f.attention(false).layout(QkvLayout.BLOCKS);
        MlpSpec mlp = MlpSpec.plain(Activation.GELU, f.inner());
        boolean twoNorms = f.has("blk.0.attn_norm_2.weight");
        c.ignore("tensor_data_layout"); // all of q, all of k, all of v: the only one there is
        return f.decoder(
                norm,
                i -> twoNorms
                        ? LayerSpec.parallel(norm, attention, mlp)
                        : LayerSpec.parallelOneNorm(norm, attention, mlp));
    }

    @Override
    public TensorNames ggufTensors() {
        return TensorNames.gguf()
                .with(Role.ATTENTION_NORM, "attn_norm_2|attn_norm")
                .with(Role.MLP_NORM, "attn_norm");
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .prefixes("transformer.", "")
                .layer("h.{i}.")
                .with(Role.EMBEDDING, "word_embeddings")
                .with(Role.ATTENTION_NORM, "input_layernorm|ln_attn")
                .with(Role.MLP_NORM, "post_attention_layernorm|ln_mlp")
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
