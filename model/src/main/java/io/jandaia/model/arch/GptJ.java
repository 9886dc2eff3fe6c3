package io.jandaia.model.arch;

import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.arch.RopeSpec.None;
import io.jandaia.model.format.Config;

/** GPT-J (Wang and Komatsuzaki 2021) and Dolly 1: both parts of a block side by side behind one norm, rotary positions in neighbouring pairs. */
final class GptJ implements Family {

    @Override
    public String hubName() {
        return "GPTJForCausalLM";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        NormSpec norm = f.layerNorm("layer_norm_epsilon");
        int rotary = c.size("rotary_dim", f.headDim());
        AttentionSpec attention = AttentionSpec.of(f.heads(), f.heads(), f.headDim())
                .rope(new RopeSpec(10000, rotary, true, new None(), null));
        c.ignore("rotary"); // true in all checkpoints, and never read by the original
        MlpSpec mlp = MlpSpec.plain(f.activation("gelu_new", "activation_function"), c.size("n_inner", 4 * f.dim()))
                .bias(true);
        return f.decoder(
                EmbeddingSpec.of(f.dim()),
                norm,
                HeadSpec.of(f.tiedHead(false)).biased(),
                i -> LayerSpec.parallelOneNorm(norm, attention, mlp));
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .prefixes("transformer.", "")
                .layer("h.{i}.")
                .with(Role.EMBEDDING, "wte")
                .with(Role.ATTENTION_NORM, "ln_1")
                .with(Role.QUERY, "attn.q_proj")
                .with(Role.KEY, "attn.k_proj")
                .with(Role.VALUE, "attn.v_proj")
                .with(Role.ATTENTION_OUTPUT, "attn.out_proj")
                .with(Role.UP, "mlp.fc_in")
                .with(Role.DOWN, "mlp.fc_out")
                .with(Role.FINAL_NORM, "ln_f");
    }
}
