package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What a family calls its tensors in one kind of file.
 *
 * @param prefixes what may stand before every name but the head's, the usual one first; checkpoints saved from the bare
 *     transformer lack it
 * @param layer what stands before the names of a layer, with <code>{i}</code> for its number
 * @param names the names by role, without prefix, {@code .weight} and {@code .bias}; <code>{h}</code> stands for the number of a
 *     head where each has a tensor of its own; {@code a|b} is a in some checkpoints and b in others
 * @param transposed whether the matrices of layers are stored {@code [inputs, outputs]}
 */
public record TensorNames(List<String> prefixes, String layer, Map<Role, String> names, boolean transposed) {

    /** The names that Hub checkpoints of Llama and its many relatives use. */
    public static TensorNames hub() {
        return new TensorNames(List.of("model.", ""), "layers.{i}.", Map.of(), false)
                .with(Role.EMBEDDING, "embed_tokens")
                .with(Role.FINAL_NORM, "norm")
                .with(Role.HEAD, "lm_head")
                .with(Role.ATTENTION_NORM, "input_layernorm")
                .with(Role.QUERY, "self_attn.q_proj")
                .with(Role.KEY, "self_attn.k_proj")
                .with(Role.VALUE, "self_attn.v_proj")
                .with(Role.QKV, "self_attn.qkv_proj")
                .with(Role.ATTENTION_OUTPUT, "self_attn.o_proj")
                .with(Role.QUERY_NORM, "self_attn.q_norm")
                .with(Role.KEY_NORM, "self_attn.k_norm")
                .with(Role.SINKS, "self_attn.sinks")
                .with(Role.MLP_NORM, "post_attention_layernorm")
                .with(Role.GATE, "mlp.gate_proj")
                .with(Role.UP, "mlp.up_proj")
                .with(Role.GATE_UP, "mlp.gate_up_proj")
                .with(Role.DOWN, "mlp.down_proj");
    }

    /** The names of GGUF files, the same for every decoder. */
    public static TensorNames gguf() {
        return new TensorNames(List.of(""), "blk.{i}.", Map.of(), false)
                .with(Role.EMBEDDING, "token_embd")
                .with(Role.EMBEDDING_NORM, "token_embd_norm")
                .with(Role.POSITIONS, "position_embd")
                .with(Role.FINAL_NORM, "output_norm")
                .with(Role.HEAD, "output")
                .with(Role.ATTENTION_NORM, "attn_norm")
                .with(Role.QUERY, "attn_q")
                .with(Role.KEY, "attn_k")
                .with(Role.VALUE, "attn_v")
                .with(Role.QKV, "attn_qkv")
                .with(Role.ATTENTION_OUTPUT, "attn_output")
                .with(Role.ATTENTION_OUTPUT_NORM, "post_attention_norm")
                .with(Role.QUERY_NORM, "attn_q_norm")
                .with(Role.KEY_NORM, "attn_k_norm")
                .with(Role.SINKS, "attn_sinks")
                .with(Role.MLP_NORM, "ffn_norm")
                .with(Role.GATE, "ffn_gate")
                .with(Role.UP, "ffn_up")
                .with(Role.DOWN, "ffn_down")
                .with(Role.MLP_OUTPUT_NORM, "post_ffw_norm");
    }

    public TensorNames prefixes(String... values) {
        return new TensorNames(List.of(values), layer, names, transposed);
    }

    public TensorNames layer(String value) {
        return new TensorNames(prefixes, value, names, transposed);
    }

    public TensorNames with(Role role, String name) {
        Map<Role, String> more = new EnumMap<>(Role.class);
        more.putAll(names);
        more.put(role, name);
        return new TensorNames(prefixes, layer, more, transposed);
    }

    public TensorNames storedTransposed() {
        return new TensorNames(prefixes, layer, names, true);
    }

    /**
     * The full name of a role's tensor without {@code .weight} or {@code .bias}: the first of its names that {@code exists}, or the
     * first of all.
     */
    public String name(Role role, int layer, String prefix, Predicate<String> exists) {
        String name = names.get(role);
        if (name == null) {
            throw new JandaiaException(JandaiaException.Kind.INTERNAL, "No tensor name for role " + role + ".");
        }
        String start = role == Role.HEAD
                ? ""
                : prefix + (role.perLayer() ? this.layer.replace("{i}", Integer.toString(layer)) : "");
        List<String> all = Arrays.stream(name.split("\\|")).map(n -> start + n).toList();
        return all.stream().filter(exists).findFirst().orElse(all.getFirst());
    }
}
