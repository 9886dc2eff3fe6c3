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
 * @param prefixes what may stand before every name but those of the head and of tasks, the usual one first; checkpoints saved from the bare
 *     transformer lack it
 * @param layer what stands before the names of a layer, with <code>{i}</code> for its number
 * @param names the names by role, without prefix, {@code .weight} and {@code .bias}; <code>{h}</code> stands for the number of a
 *     head and <code>{e}</code> for that of an expert where each has a tensor of its own; {@code a|b} is a in some checkpoints and b in others
 * @param transposed whether the matrices of layers are stored {@code [inputs, outputs]}
 * @param spare whether files may have more layers than the model, for other uses such as predicting several tokens
 */
public record TensorNames(
        List<String> prefixes, String layer, Map<Role, String> names, boolean transposed, boolean spare) {

    /** The names that Hub checkpoints of Llama and its many relatives use. */
    public static TensorNames hub() {
        return new TensorNames(List.of("model.", ""), "layers.{i}.", Map.of(), false, false)
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
                .with(Role.DOWN, "mlp.down_proj")
                .with(Role.ROUTER, "mlp.gate")
                .with(Role.ROUTER_CORRECTION, "mlp.gate.e_score_correction_bias")
                .with(Role.EXPERT_GATE, "mlp.experts.{e}.gate_proj")
                .with(Role.EXPERT_UP, "mlp.experts.{e}.up_proj")
                .with(Role.EXPERT_DOWN, "mlp.experts.{e}.down_proj")
                .with(Role.SHARED_GATE, "mlp.shared_expert.gate_proj|mlp.shared_experts.gate_proj")
                .with(Role.SHARED_UP, "mlp.shared_expert.up_proj|mlp.shared_experts.up_proj")
                .with(Role.SHARED_DOWN, "mlp.shared_expert.down_proj|mlp.shared_experts.down_proj")
                .with(Role.SHARED_SWITCH, "mlp.shared_expert_gate")
                .with(Role.QUERY_DOWN, "self_attn.q_a_proj")
                .with(Role.QUERY_DOWN_NORM, "self_attn.q_a_layernorm")
                .with(Role.QUERY_UP, "self_attn.q_b_proj")
                .with(Role.LATENT, "self_attn.kv_a_proj_with_mqa")
                .with(Role.LATENT_NORM, "self_attn.kv_a_layernorm")
                .with(Role.LATENT_UP, "self_attn.kv_b_proj");
    }

    /** The names of GGUF files, the same for every decoder. */
    public static TensorNames gguf() {
        return new TensorNames(List.of(""), "blk.{i}.", Map.of(), false, false)
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
                .with(Role.MLP_OUTPUT_NORM, "post_ffw_norm")
                .with(Role.ROUTER, "ffn_gate_inp")
                .with(Role.ROUTER_CORRECTION, "exp_probs_b.bias")
                .with(Role.EXPERT_GATE, "ffn_gate_exps")
                .with(Role.EXPERT_UP, "ffn_up_exps")
                .with(Role.EXPERT_DOWN, "ffn_down_exps")
                .with(Role.SHARED_GATE, "ffn_gate_shexp")
                .with(Role.SHARED_UP, "ffn_up_shexp")
                .with(Role.SHARED_DOWN, "ffn_down_shexp")
                .with(Role.SHARED_SWITCH, "ffn_gate_inp_shexp")
                .with(Role.QUERY_DOWN, "attn_q_a")
                .with(Role.QUERY_DOWN_NORM, "attn_q_a_norm")
                .with(Role.QUERY_UP, "attn_q_b")
                .with(Role.LATENT, "attn_kv_a_mqa")
                .with(Role.LATENT_NORM, "attn_kv_a_norm")
                .with(Role.LATENT_UP, "attn_kv_b")
                .with(Role.LATENT_KEYS, "attn_k_b")
                .with(Role.LATENT_VALUES, "attn_v_b");
    }

    public TensorNames prefixes(String... values) {
        return new TensorNames(List.of(values), layer, names, transposed, spare);
    }

    public TensorNames layer(String value) {
        return new TensorNames(prefixes, value, names, transposed, spare);
    }

    public TensorNames with(Role role, String name) {
        Map<Role, String> more = new EnumMap<>(Role.class);
        more.putAll(names);
        more.put(role, name);
        return new TensorNames(prefixes, layer, more, transposed, spare);
    }

    public TensorNames spareLayers() {
        return new TensorNames(prefixes, layer, names, transposed, true);
    }

    public TensorNames storedTransposed() {
        return new TensorNames(prefixes, layer, names, true, spare);
    }

    /** Whether files of this kind have a tensor for a role. */
    public boolean has(Role role) {
        return names.containsKey(role);
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
        String start = role.outside()
                ? ""
                : prefix + (role.perLayer() ? this.layer.replace("{i}", Integer.toString(layer)) : "");
        List<String> all = Arrays.stream(name.split("\\|")).map(n -> start + n).toList();
        return all.stream().filter(exists).findFirst().orElse(all.getFirst());
    }
}
