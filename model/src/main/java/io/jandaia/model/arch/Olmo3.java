package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.format.Config;

/** OLMo 3 (Team OLMo 2025): OLMo 2 with a window in three of four layers; only the others are scaled to long contexts. */
final class Olmo3 implements Family {

    @Override
    public String hubName() {
        return "Olmo3ForCausalLM";
    }

    @Override
    public String ggufTarget() {
        return "olmo2";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        boolean bias = c.flag("attention_bias", false);
        AttentionSpec attention = AttentionSpec.of(f.heads(), f.kvHeads(), f.headDim())
                .bias(bias, bias)
                .headNorm(HeadNorm.whole(f.rmsNorm()));
        MlpSpec mlp = MlpSpec.gated(f.activation(), f.inner());
        int[] windows = f.windows(i -> (i + 1) % 4 != 0);
        RopeSpec global = f.rope("full_attention");
        RopeSpec local = f.localRope();
        return f.decoder(
                f.rmsNorm(),
                i -> LayerSpec.outputNorm(
                        f.rmsNorm(), attention.window(windows[i]).rope(windows[i] > 0 ? local : global), mlp));
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .with(Role.ATTENTION_OUTPUT_NORM, "post_attention_layernorm")
                .with(Role.MLP_OUTPUT_NORM, "post_feedforward_layernorm");
    }
}
