package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.arch.ExpertsSpec.Routing;
import io.jandaia.model.arch.LayerSpec.Residual;
import io.jandaia.model.arch.RopeSpec.Linear;
import io.jandaia.model.arch.RopeSpec.Llama3;
import io.jandaia.model.arch.RopeSpec.LongRope;
import io.jandaia.model.arch.RopeSpec.Yarn;
import io.jandaia.tensor.Activation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A spec as config.json, the inverse of {@link HubFields}: every key that any family has for what the spec says. Keys that the
 * family itself does not read are left out by whoever writes the file. Values are String, Boolean, Long, Double, List and Map.
 */
final class HubKeys {

    /** What {@code model_type} is where it is not the class's name in words. */
    private static final Map<String, String> MODEL_TYPES = Map.of(
            "Ernie4_5ForCausalLM", "ernie4_5",
            "GPTBigCodeForCausalLM", "gpt_bigcode",
            "GPTNeoXForCausalLM", "gpt_neox",
            "GPT2LMHeadModel", "gpt2",
            "Gemma3ForCausalLM", "gemma3_text",
            "SmolLM3ForCausalLM", "smollm3",
            "StableLmForCausalLM", "stablelm",
            "OlmoForCausalLM", "olmo");

    private final DecoderSpec spec;
    private final Map<String, Object> keys = new LinkedHashMap<>();

    private HubKeys(DecoderSpec spec) {
        this.spec = spec;
    }

    static Map<String, Object> of(DecoderSpec spec, Family family) {
        HubKeys k = new HubKeys(spec);
        k.keys.put("architectures", List.of(family.hubName()));
        k.keys.put("model_type", modelType(family.hubName()));
        k.outside();
        k.attention();
        k.feedForward();
        return k.keys;
    }

    /** {@code Qwen2MoeForCausalLM} is {@code qwen2_moe}. */
    private static String modelType(String architecture) {
        String known = MODEL_TYPES.get(architecture);
        return known != null
                ? known
                : architecture
                        .replace("ForCausalLM", "")
                        .replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_")
                        .toLowerCase(Locale.ROOT);
    }

    /** Renames keys to those of families that have names of their own. */
    static Map<String, Object> renamed(Map<String, Object> keys, Map<String, String> names) {
        Map<String, Object> out = new LinkedHashMap<>();
        keys.forEach((k, v) -> out.put(names.getOrDefault(k, k), v));
        return out;
    }

    private void say(Object value, String... names) {
        for (String name : names) {
            keys.put(name, value);
        }
    }

    private void number(double value, String... names) {
        // The shortest decimal of the float: 1e-6 and not 9.99999997e-7.
        say(Double.valueOf(Float.toString((float) value)), names);
    }

    private void whole(long value, String... names) {
        say(value, names);
    }

    private void outside() {
        whole(spec.vocabulary(), "vocab_size");
        whole(spec.dim(), "hidden_size");
        whole(spec.layers().size(), "num_hidden_layers");
        say(spec.head().tied(), "tie_word_embeddings");
        NormSpec norm = Objects.requireNonNullElseGet(spec.finalNorm(), () -> NormSpec.layer(1e-5));
        number(norm.eps(), "rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "norm_eps", "norm_epsilon");
        LayerSpec first = spec.layers().getFirst();
        say((first.residual() == Residual.PARALLEL), "use_parallel_residual", "parallel_attn");
        if (first.residualScale() != 1) {
            number(first.residualScale(), "residual_multiplier");
        }
        if (spec.embedding().scale() != 1) {
            number(spec.embedding().scale(), "embedding_multiplier");
        }
        if (spec.head().scale() != 1) {
            number(spec.head().scale(), "logit_scale");
            number(1 / spec.head().scale(), "logits_scaling");
        }
        if (spec.head().cap() > 0) {
            number(spec.head().cap(), "final_logit_softcapping");
        }
    }

    private <T> List<T> parts(Class<T> kind) {
        return spec.layers().stream()
                .flatMap(l -> Stream.of(l.mixer(), l.feedForward()))
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    private void attention() {
        List<AttentionSpec> all = parts(AttentionSpec.class);
        if (all.isEmpty()) {
            latentAttention();
            return;
        }
        AttentionSpec a = all.getFirst();
        whole(a.heads(), "num_attention_heads");
        whole(a.kvHeads(), "num_key_value_heads", "num_kv_heads");
        whole(a.headDim(), "head_dim");
        say(a.inputBias(), "attention_bias", "use_qkv_bias", "qkv_bias", "bias", "use_bias");
        say(a.outputBias(), "attention_out_bias");
        HeadNorm headNorm = a.headNorm();
        say((headNorm != null), "use_qk_norm", "qk_layernorm");
        say((a.kvHeads() == 1), "multi_query");
        whole(Math.round(Math.pow(a.scale(), -2)), "query_pre_attn_scalar");
        number(a.scale(), "attention_multiplier");
        if (a.cap() > 0) {
            number(a.cap(), "attn_logit_softcapping");
        }
        windows(all);
        RopeSpec global = null;
        RopeSpec local = null;
        List<Object> rotated = new ArrayList<>();
        for (AttentionSpec one : all) {
            rotated.add(one.rope() == null ? 0L : 1L);
            if (one.rope() != null && one.window() > 0) {
                local = local == null ? one.rope() : local;
            }
            if (one.rope() != null && (one.window() == 0 || global == null)) {
                global = one.rope();
            }
        }
        say(rotated, "no_rope_layers");
        rope(global, a.headDim());
        if (local != null) {
            number(local.base(), "rope_local_base_freq");
        }
    }

    private void latentAttention() {
        for (LatentAttentionSpec a : parts(LatentAttentionSpec.class)) {
            whole(a.heads(), "num_attention_heads", "num_key_value_heads");
            if (a.queryRank() > 0) {
                whole(a.queryRank(), "q_lora_rank");
            }
            whole(a.latent(), "kv_lora_rank");
            whole(a.plainDim(), "qk_nope_head_dim");
            whole(a.rope().rotary(), "qk_rope_head_dim");
            whole(a.valueDim(), "v_head_dim");
            say(a.bias(), "attention_bias");
            rope(a.rope(), a.rope().rotary());
            if (keys.get("rope_scaling") instanceof Map<?, ?> && a.rope().scaling() instanceof Yarn y) {
                // Both magnitudes alike, so that only scores grow.
                double growth = Math.sqrt(a.scale() * Math.sqrt(a.headDim()));
                double all = (growth - 1) / (0.1 * Math.log(y.factor()));
                Map<String, Object> scaling = new LinkedHashMap<>();
                ((Map<?, ?>) keys.get("rope_scaling")).forEach((k, v) -> scaling.put((String) k, v));
                scaling.remove("attention_factor");
                scaling.put("mscale", all);
                scaling.put("mscale_all_dim", all);
                keys.put("rope_scaling", scaling);
            }
        }
    }

    private void windows(List<AttentionSpec> all) {
        int window = all.stream().mapToInt(AttentionSpec::window).max().orElse(0);
        if (window == 0) {
            return;
        }
        whole(window, "sliding_window");
        say(true, "use_sliding_window");
        List<String> types = all.stream()
                .map(l -> l.window() > 0 ? "sliding_attention" : "full_attention")
                .toList();
        say(types, "layer_types");
    }

    private void rope(@Nullable RopeSpec rope, int headDim) {
        int positions = spec.contextLength();
        if (rope == null) {
            whole(positions, "max_position_embeddings");
            return;
        }
        number(rope.base(), "rope_theta", "rotary_emb_base");
        number((double) rope.rotary() / headDim, "partial_rotary_factor", "rotary_pct");
        Map<String, Object> scaling = new LinkedHashMap<>();
        switch (scaling(rope)) {
            case Linear l -> {
                scaling.put("type", "linear");
                scaling.put("factor", l.factor());
                positions = (int) Math.round(positions / l.factor());
            }
            case Yarn y -> {
                scaling.put("type", "yarn");
                scaling.put("factor", y.factor());
                scaling.put("original_max_position_embeddings", (long) y.original());
                scaling.put("beta_fast", y.betaFast());
                scaling.put("beta_slow", y.betaSlow());
                scaling.put("attention_factor", y.attentionFactor());
                if (!y.truncate()) {
                    scaling.put("truncate", false);
                }
            }
            case Llama3 l -> {
                scaling.put("type", "llama3");
                scaling.put("factor", l.factor());
                scaling.put("low_freq_factor", l.lowFactor());
                scaling.put("high_freq_factor", l.highFactor());
                scaling.put("original_max_position_embeddings", (long) l.original());
            }
            case LongRope l -> {
                scaling.put("type", "longrope");
                scaling.put("short_factor", numbers(l.shortFactors()));
                scaling.put("long_factor", numbers(l.longFactors()));
                whole(l.original(), "original_max_position_embeddings");
            }
            default -> {}
        }
        if (!scaling.isEmpty()) {
            scaling.put("rope_type", Objects.requireNonNull(scaling.get("type")));
            keys.put("rope_scaling", scaling);
        }
        whole(positions, "max_position_embeddings");
    }

    /**
     * The scaling as a configuration states it. GGUF files have only the factors that Llama 3's scaling comes to: its numbers are
     * those with which all factors come out again, among the published ones and whatever length the model was trained for.
     */
    private static RopeSpec.Scaling scaling(RopeSpec rope) {
        float[] factors = rope.factors();
        if (factors == null || factors.length == 0 || !(factors[factors.length - 1] >= 1)) {
            return rope.scaling();
        }
        for (int original = 16; original <= 1 << 24; original *= 2) {
            Llama3 l = new Llama3(factors[factors.length - 1], 1, 4, original);
            float[] found = new RopeSpec(rope.base(), rope.rotary(), false, l, null).stretches();
            int same = 0;
            while (same < found.length && Math.abs(found[same] - factors[same]) <= 1e-5 * factors[same]) {
                same++;
            }
            if (same == found.length) {
                return l;
            }
        }
        return rope.scaling();
    }

    private static List<Double> numbers(float[] values) {
        List<Double> out = new ArrayList<>();
        for (float v : values) {
            out.add(Double.valueOf(Float.toString(v)));
        }
        return out;
    }

    private void feedForward() {
        List<MlpSpec> dense = parts(MlpSpec.class);
        List<ExpertsSpec> experts = parts(ExpertsSpec.class);
        MlpSpec mlp = dense.isEmpty() ? experts.getFirst().expert() : dense.getFirst();
        whole(mlp.inner(), "intermediate_size", "ffn_hidden_size");
        say(name(mlp.activation()), "hidden_act", "activation", "hidden_activation");
        say(mlp.bias(), "mlp_bias");
        if (experts.isEmpty()) {
            return;
        }
        ExpertsSpec e = experts.getFirst();
        whole(e.count(), "num_experts", "num_local_experts", "n_routed_experts");
        whole(e.perToken(), "num_experts_per_tok");
        whole(e.expert().inner(), "moe_intermediate_size");
        MlpSpec shared = e.shared();
        if (shared != null) {
            whole(shared.inner(), "shared_expert_intermediate_size");
            whole(shared.inner() / e.expert().inner(), "n_shared_experts");
        }
        Routing r = e.routing();
        say(r.normalized(), "norm_topk_prob");
        number(r.scale(), "routed_scaling_factor");
        whole(r.groups(), "n_group");
        whole(r.groupsChosen(), "topk_group");
        long leading = spec.layers().stream()
                .takeWhile(l -> l.feedForward() instanceof MlpSpec)
                .count();
        whole(leading, "first_k_dense_replace");
    }

    private static String name(Activation activation) {
        return switch (activation) {
            case SILU -> "silu";
            case GELU -> "gelu";
            case GELU_TANH -> "gelu_pytorch_tanh";
            case GELU_QUICK -> "quick_gelu";
            case RELU -> "relu";
            case RELU_SQUARED -> "relu2";
            default -> activation.name().toLowerCase(Locale.ROOT);
        };
    }
}
