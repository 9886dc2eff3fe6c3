package io.jandaia.model.quantization;

import io.jandaia.tensor.ElementType;
import java.util.List;
import java.util.Set;

/**
 * Which tensor of a model gets which type: llama.cpp's rules for quantising without an importance matrix. For tensors in the
 * order of {@link #compareNames}, each asked for once, because some rules count.
 *
 * @see Mix
 */
final class MixRules {

    /**
     * What the rules look at.
     *
     * @param layers of the model
     * @param queriesPerKey query heads that share a key/value head
     * @param experts of a mixture, 0 or 1 for none
     * @param ownHead whether there is an {@code output.weight}; otherwise the embedding is the head
     */
    record Shape(String architecture, int layers, int queriesPerKey, int experts, boolean ownHead) {}

    /** Parts of the names of small two-dimensional tensors that stay as they are. */
    private static final List<String> KEPT = List.of(
            "_norm.weight",
            "ffn_gate_inp.weight",
            "ssm_conv1d.weight",
            "time_mix_first.weight",
            "time_mix_w1.weight",
            "time_mix_w2.weight",
            "time_mix_decay_w1.weight",
            "time_mix_decay_w2.weight",
            "time_mix_lerp_fused.weight",
            "attn_rel_b.weight");

    private static final Set<String> KEPT_NAMES = Set.of("position_embd.weight", "token_types.weight");

    /** Families whose models of 80 layers share few key/value heads, which then get more bits. */
    private static final Set<String> SEVENTY = Set.of("llama", "deci", "qwen2", "olmo");

    private final Mix mix;
    private final Shape shape;
    private final int valueTensors;
    private int values;
    private int downs;

    /** {@code valueTensors}: how many tensors have the names of values or of queries, keys and values in one. */
    MixRules(Mix mix, Shape shape, int valueTensors) {
        this.mix = mix;
        this.shape = shape;
        this.valueTensors = valueTensors;
    }

    static boolean isValueTensor(String name) {
        return name.contains("attn_v.weight") || name.contains("attn_qkv.weight") || name.contains("attn_kv_b.weight");
    }

    /** Tensors outside the layers first, then layer by layer; by name within. */
    static int compareNames(String a, String b) {
        int byLayer = Long.compare(layer(a), layer(b));
        return byLayer != 0 ? byLayer : a.compareTo(b);
    }

    private static long layer(String name) {
        if (!name.startsWith("blk.")) {
            return -1;
        }
        int end = 4;
        while (end < name.length() && end < 13 && name.charAt(end) >= '0' && name.charAt(end) <= '9') {
            end++;
        }
        return end == 4 ? -1 : Long.parseLong(name.substring(4, end));
    }

    /** Whether a tensor is changed at all: weights of two or more dimensions. */
    static boolean applies(String name, long[] shape) {
        int dimensions = 0;
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] > 1) { // dimensions of one on the outside do not count
                dimensions = shape.length - i;
                break;
            }
        }
        return name.endsWith("weight")
                && dimensions >= 2
                && !KEPT_NAMES.contains(name)
                && KEPT.stream().noneMatch(name::contains);
    }

    /** The type for a tensor that the rules apply to, whatever its rows. */
    ElementType type(String name, long cols) {
        ElementType type = mix.type();
        if (!type.quantized()) {
            return type;
        }
        if (name.equals("output.weight") || (!shape.ownHead && name.equals("token_embd.weight"))) {
            return head(type, cols);
        }
        if (name.equals("token_embd.weight")) {
            return type;
        }
        if (name.contains("attn_v.weight")) {
            return value(type, values++);
        }
        if (name.contains("attn_k.weight")) {
            return shape.experts == 8 ? ElementType.Q8_0 : type;
        }
        if (name.contains("attn_q.weight")) {
            return type;
        }
        if (name.contains("ffn_down")) {
            int layer = shape.experts > 1 ? (int) layer(name) : downs;
            downs++;
            return down(type, layer);
        }
        if (name.contains("attn_output.weight")) {
            return output(type);
        }
        if (name.contains("attn_qkv.weight")) {
            return switch (mix) {
                case Q3_K_M, Q3_K_L -> ElementType.Q4_K;
                case Q4_K_M -> ElementType.Q5_K;
                case Q5_K_M -> ElementType.Q6_K;
                default -> type;
            };
        }
        return type;
    }

    /** The type for rows of {@code cols} numbers that are no whole number of blocks of {@code type}. */
    static ElementType fallback(ElementType type, long cols) {
        ElementType other = switch (type) {
            case Q2_K, Q3_K, IQ4_XS -> ElementType.IQ4_NL;
            case Q4_K -> ElementType.Q5_0;
            case Q5_K -> ElementType.Q5_1;
            case Q6_K -> ElementType.Q8_0;
            default -> ElementType.F16;
        };
        return cols % other.blockElements() == 0 ? other : ElementType.F16;
    }

    private boolean falcon() {
        return shape.architecture.equals("falcon");
    }

    private ElementType head(ElementType type, long cols) {
        if (falcon() || cols % type.blockElements() != 0) {
            return ElementType.Q8_0;
        }
        return type == ElementType.Q8_0 ? type : ElementType.Q6_K;
    }

    /** The first and last eighth of the layers, and every third between. */
    private static boolean important(int layer, int layers) {
        return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
    }

    private ElementType value(ElementType type, int index) {
        boolean shared = shape.queriesPerKey >= 4;
        ElementType chosen = switch (mix) {
            case Q2_K -> shared ? ElementType.Q4_K : ElementType.Q3_K;
            case Q3_K_M -> index < 2 ? ElementType.Q5_K : ElementType.Q4_K;
            case Q3_K_L -> ElementType.Q5_K;
            case IQ4_NL, IQ4_XS -> shared ? ElementType.Q5_K : type;
            case Q4_K_M, Q5_K_M -> important(index, valueTensors) ? ElementType.Q6_K : type;
            case Q4_K_S -> index < 4 ? ElementType.Q5_K : type;
            default -> type;
        };
        boolean seventy = shape.layers == 80
                && SEVENTY.contains(shape.architecture)
                && (shape.queriesPerKey > 1 || !shape.architecture.equals("llama"));
        if (seventy && (chosen == ElementType.Q3_K || chosen == ElementType.Q4_K)) {
            chosen = ElementType.Q5_K;
        }
        return shape.experts == 8 ? ElementType.Q8_0 : chosen;
    }

    private ElementType down(ElementType type, int layer) {
        int layers = shape.layers;
        return switch (mix) {
            case Q2_K -> ElementType.Q3_K;
            case Q3_K_M ->
                layer < layers / 16
                        ? ElementType.Q5_K
                        : !falcon() || important(layer, layers) ? ElementType.Q4_K : ElementType.Q3_K;
            case Q3_K_L -> falcon() ? ElementType.Q4_K : ElementType.Q5_K;
            case Q4_K_M ->
                falcon() && layer >= layers / 16
                        ? important(layer, layers) ? ElementType.Q5_K : ElementType.Q4_K
                        : falcon() || important(layer, layers) ? ElementType.Q6_K : type;
            case IQ4_NL, IQ4_XS -> layer < layers / 8 ? ElementType.Q5_K : type;
            case Q5_K_M -> important(layer, layers) ? ElementType.Q6_K : type;
            case Q4_K_S -> !falcon() && layer < layers / 8 ? ElementType.Q5_K : type;
            default -> type;
        };
    }

    private ElementType output(ElementType type) {
        if (falcon()) {
            return mix == Mix.Q3_K_L ? ElementType.Q4_K : type;
        }
        if (shape.experts == 8) {
            return switch (mix) {
                case Q2_K, Q3_K_S, Q3_K_M, Q4_K_S, Q4_K_M, IQ4_NL, IQ4_XS -> ElementType.Q5_K;
                default -> type;
            };
        }
        return switch (mix) {
            case Q2_K -> ElementType.Q3_K;
            case Q3_K_M -> ElementType.Q4_K;
            case Q3_K_L -> ElementType.Q5_K;
            default -> type;
        };
    }
}
