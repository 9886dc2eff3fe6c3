package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a family calls its tensors in one kind of file.
 *
 * @param prefixes what may stand before every name but the head's, the usual one first; checkpoints saved from the bare
 *     transformer lack it
 * @param layer what stands before the names of a layer, with <code>{i}</code> for its number
 * @param names the names by role, without prefix, {@code .weight} and {@code .bias}
 */
public record TensorNames(List<String> prefixes, String layer, Map<Role, String> names) {

    /** The names that Hub checkpoints of Llama and its many relatives use. */
    public static TensorNames hub() {
        Map<Role, String> n = new EnumMap<>(Role.class);
        n.put(Role.EMBEDDING, "embed_tokens");
        n.put(Role.FINAL_NORM, "norm");
        n.put(Role.HEAD, "lm_head");
        n.put(Role.ATTENTION_NORM, "input_layernorm");
        n.put(Role.QUERY, "self_attn.q_proj");
        n.put(Role.KEY, "self_attn.k_proj");
        n.put(Role.VALUE, "self_attn.v_proj");
        n.put(Role.ATTENTION_OUTPUT, "self_attn.o_proj");
        n.put(Role.QUERY_NORM, "self_attn.q_norm");
        n.put(Role.KEY_NORM, "self_attn.k_norm");
        n.put(Role.MLP_NORM, "post_attention_layernorm");
        n.put(Role.GATE, "mlp.gate_proj");
        n.put(Role.UP, "mlp.up_proj");
        n.put(Role.DOWN, "mlp.down_proj");
        return new TensorNames(List.of("model.", ""), "layers.{i}.", n);
    }

    /** The names of GGUF files, the same for every decoder of this shape. */
    public static TensorNames gguf() {
        Map<Role, String> n = new EnumMap<>(Role.class);
        n.put(Role.EMBEDDING, "token_embd");
        n.put(Role.FINAL_NORM, "output_norm");
        n.put(Role.HEAD, "output");
        n.put(Role.ATTENTION_NORM, "attn_norm");
        n.put(Role.QUERY, "attn_q");
        n.put(Role.KEY, "attn_k");
        n.put(Role.VALUE, "attn_v");
        n.put(Role.ATTENTION_OUTPUT, "attn_output");
        n.put(Role.QUERY_NORM, "attn_q_norm");
        n.put(Role.KEY_NORM, "attn_k_norm");
        n.put(Role.MLP_NORM, "ffn_norm");
        n.put(Role.GATE, "ffn_gate");
        n.put(Role.UP, "ffn_up");
        n.put(Role.DOWN, "ffn_down");
        return new TensorNames(List.of(""), "blk.{i}.", n);
    }

    /** The full name of a role's tensor without {@code .weight} or {@code .bias}. */
    public String name(Role role, int layer, String prefix) {
        String name = names.get(role);
        if (name == null) {
            throw new JandaiaException(JandaiaException.Kind.INTERNAL, "No tensor name for role " + role + ".");
        }
        if (role == Role.HEAD) {
            return name;
        }
        return prefix + (role.perLayer() ? this.layer.replace("{i}", Integer.toString(layer)) : "") + name;
    }
}
