package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** SantaCoder and StarCoder (Li et al. 2023): GPT-2 with one head of keys and values. */
final class GptBigCode implements Family {

    @Override
    public String hubName() {
        return "GPTBigCodeForCausalLM";
    }

    @Override
    public String ggufName() {
        return "starcoder";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        NormSpec norm = f.layerNorm("layer_norm_epsilon");
        boolean multiQuery = c.flag("multi_query", true);
        AttentionSpec plain = AttentionSpec.of(f.heads(), multiQuery ? 1 : f.heads(), f.headDim());
        AttentionSpec attention = plain.layout(multiQuery ? QkvLayout.BLOCKS : QkvLayout.PER_GROUP)
                .bias(true, true)
                .scale(c.flag("scale_attn_weights", true) ? plain.scale() : 1);
        MlpSpec mlp = MlpSpec.plain(
                        f.activation("gelu_pytorch_tanh", "activation_function"), c.size("n_inner", 4 * f.dim()))
                .bias(true);
        c.ignore("attention_softmax_in_fp32", "scale_attention_softmax_in_fp32", "num_key_value_heads");
        c.ignore("inference_runner", "validate_runner_input", "pre_allocate_kv_cache", "max_batch_size");
        return f.decoder(
                EmbeddingSpec.of(f.dim()).positions(f.positions(), 0),
                norm,
                HeadSpec.of(f.tiedHead(true)),
                i -> LayerSpec.preNorm(norm, attention, mlp));
    }

    @Override
    public DecoderSpec fromGguf(Config c, Map<String, StoredTensor> tensors) {
        GgufFields f = new GgufFields(c, tensors);
        AttentionSpec attention =
                f.attentionWithoutRope().layout(QkvLayout.BLOCKS).bias(true, true);
        MlpSpec mlp = MlpSpec.plain(Activation.GELU_TANH, f.inner()).bias(true);
        return f.decoder(
                EmbeddingSpec.of(f.dim()).positions(f.contextLength(), 0),
                f.layerNorm(),
                HeadSpec.of(f.tiedHead()),
                i -> LayerSpec.preNorm(f.layerNorm(), attention, mlp));
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .prefixes("transformer.", "")
                .layer("h.{i}.")
                .with(Role.EMBEDDING, "wte")
                .with(Role.POSITIONS, "wpe")
                .with(Role.ATTENTION_NORM, "ln_1")
                .with(Role.QKV, "attn.c_attn")
                .with(Role.ATTENTION_OUTPUT, "attn.c_proj")
                .with(Role.MLP_NORM, "ln_2")
                .with(Role.UP, "mlp.c_fc")
                .with(Role.DOWN, "mlp.c_proj")
                .with(Role.FINAL_NORM, "ln_f");
    }

    @Override
    public QkvLayout hubQkv() {
        return QkvLayout.PER_GROUP;
    }
}
