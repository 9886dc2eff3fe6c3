package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.format.Config;
import org.jspecify.annotations.Nullable;

/** EXAONE 4 (LG AI Research 2025): norms behind the parts and on each head; where some layers have a window, the others have no positions. */
final class Exaone4 implements Family {

    @Override
    public String hubName() {
        return "Exaone4ForCausalLM";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        AttentionSpec attention = f.attention().headNorm(HeadNorm.shared(f.rmsNorm()));
        MlpSpec mlp = MlpSpec.gated(f.activation(), f.inner());
        boolean hybrid = f.window() > 0;
        Object pattern = c.value("sliding_window_pattern");
        int[] windows = f.windows(i -> hybrid && slides(pattern, i));
        return f.decoder(f.rmsNorm(), i -> {
            AttentionSpec a = attention.window(windows[i]);
            return LayerSpec.outputNorm(f.rmsNorm(), hybrid && windows[i] == 0 ? a.rope(null) : a, mlp);
        });
    }

    /** The pattern is a number n, every n-th layer seeing all, or a text such as LLLG that repeats. */
    private static boolean slides(@Nullable Object pattern, int layer) {
        return switch (pattern) {
            case Number n when n.longValue() > 0 -> (layer + 1) % n.longValue() != 0;
            case String s when !s.isEmpty() -> s.charAt(layer % s.length()) == 'L';
            case null, default -> false;
        };
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .with(Role.ATTENTION_OUTPUT_NORM, "post_attention_layernorm")
                .with(Role.MLP_OUTPUT_NORM, "post_feedforward_layernorm");
    }
}
