package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;

/** OPT (Zhang et al. 2022): learned positions that start at row 2; norms before the parts, or after them in OPT-350m, whose embedding is narrower than the model. */
final class Opt implements Family {

    @Override
    public String hubName() {
        return "OPTForCausalLM";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        if (!c.flag("layer_norm_elementwise_affine", true)) {
            throw JandaiaException.unsupported("The configuration's norms have no weights; this family needs them.");
        }
        NormSpec norm = NormSpec.layer(1e-5);
        boolean before = c.flag("do_layer_norm_before", true);
        boolean bias = c.flag("enable_bias", true);
        AttentionSpec attention =
                AttentionSpec.of(f.heads(), f.heads(), f.headDim()).bias(bias, bias);
        MlpSpec mlp = MlpSpec.plain(f.activation("relu", "activation_function"), c.size("ffn_dim"))
                .bias(bias);
        EmbeddingSpec embedding =
                EmbeddingSpec.of(c.size("word_embed_proj_dim", f.dim())).positions(f.positions(), 2);
        return new DecoderSpec(
                f.vocabulary(),
                f.dim(),
                f.positions(),
                embedding,
                DecoderSpec.layers(
                        f.layerCount(),
                        i -> before
                                ? LayerSpec.preNorm(norm, attention, mlp)
                                : LayerSpec.postNorm(norm, attention, mlp)),
                before && !c.flag("_remove_final_layer_norm", false) ? norm : null,
                HeadSpec.of(f.tiedHead(true)));
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .prefixes("model.decoder.", "decoder.", "")
                .with(Role.EMBEDDING_PROJECTION, "project_in")
                .with(Role.POSITIONS, "embed_positions")
                .with(Role.FINAL_NORM, "final_layer_norm")
                .with(Role.HEAD_PROJECTION, "project_out")
                .with(Role.ATTENTION_NORM, "self_attn_layer_norm")
                .with(Role.ATTENTION_OUTPUT, "self_attn.out_proj")
                .with(Role.ATTENTION_OUTPUT_NORM, "self_attn_layer_norm")
                .with(Role.MLP_NORM, "final_layer_norm")
                .with(Role.UP, "fc1")
                .with(Role.DOWN, "fc2")
                .with(Role.MLP_OUTPUT_NORM, "final_layer_norm");
    }
}
