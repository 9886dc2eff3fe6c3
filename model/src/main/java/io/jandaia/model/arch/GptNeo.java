package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.format.Config;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** GPT-Neo (Black et al. 2021): GPT-2 with local attention in some layers and scores that are not scaled. */
final class GptNeo implements Family {

    @Override
    public String hubName() {
        return "GPTNeoForCausalLM";
    }

    @Override
    public DecoderSpec fromHub(Config c) {
        HubFields f = new HubFields(c);
        NormSpec norm = f.layerNorm("layer_norm_epsilon");
        AttentionSpec attention = AttentionSpec.of(f.heads(), f.heads(), f.headDim())
                .bias(false, true)
                .scale(1);
        MlpSpec mlp = MlpSpec.plain(
                        f.activation("gelu_new", "activation_function"), c.size("intermediate_size", 4 * f.dim()))
                .bias(true);
        List<String> kinds = kinds(c, f.layerCount());
        int window = c.size("window_size", 256);
        return f.decoder(
                EmbeddingSpec.of(f.dim()).positions(f.positions(), 0),
                norm,
                HeadSpec.of(f.tiedHead(true)),
                i -> LayerSpec.preNorm(norm, attention.window(kinds.get(i).equals("local") ? window : 0), mlp));
    }

    /** {@code attention_layers}, or {@code attention_types}: pairs of a list of kinds and how often it repeats. */
    private static List<String> kinds(Config c, int layers) {
        List<String> kinds = new ArrayList<>();
        Object types = c.value("attention_types");
        if (c.has("attention_layers")) {
            kinds.addAll(c.strings("attention_layers"));
        } else if (types instanceof List<?> pairs) {
            for (Object pair : pairs) {
                if (!(pair instanceof List<?> p && p.size() == 2)
                        || !(p.getFirst() instanceof List<?> names && p.getLast() instanceof Number times)
                        || (long) names.size() * times.intValue() > layers) {
                    throw wrong(types, layers);
                }
                for (int i = 0; i < times.intValue(); i++) {
                    names.forEach(n -> kinds.add(String.valueOf(n)));
                }
            }
        }
        if (kinds.size() != layers || !List.of("global", "local").containsAll(kinds)) {
            throw wrong(kinds, layers);
        }
        return kinds;
    }

    private static JandaiaException wrong(@Nullable Object found, int layers) {
        return JandaiaException.format("The configuration's attention layers are " + found
                + "; expected global or local for " + layers + " layers.");
    }

    @Override
    public TensorNames hubTensors() {
        return TensorNames.hub()
                .prefixes("transformer.", "")
                .layer("h.{i}.")
                .with(Role.EMBEDDING, "wte")
                .with(Role.POSITIONS, "wpe")
                .with(Role.ATTENTION_NORM, "ln_1")
                .with(Role.QUERY, "attn.attention.q_proj")
                .with(Role.KEY, "attn.attention.k_proj")
                .with(Role.VALUE, "attn.attention.v_proj")
                .with(Role.ATTENTION_OUTPUT, "attn.attention.out_proj")
                .with(Role.MLP_NORM, "ln_2")
                .with(Role.UP, "mlp.c_fc")
                .with(Role.DOWN, "mlp.c_proj")
                .with(Role.FINAL_NORM, "ln_f");
    }
}
