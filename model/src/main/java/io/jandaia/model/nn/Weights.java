package io.jandaia.model.nn;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.arch.Role;
import io.jandaia.model.arch.TensorNames;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.kernel.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Finds a decoder's tensors by role, checks their shapes against the spec and packs them. A tensor that nobody asks for
 * and that is not a known leftover is an error: it would change the result.
 */
public final class Weights {

    /** Buffers that older versions of training software saved along; they follow from the configuration. */
    private static final Pattern LEFTOVER = Pattern.compile(
            ".*(rotary_emb\\.inv_freq|attn\\.bias|attention\\.bias|masked_bias|position_ids)|rope_freqs\\.weight");

    private final Map<String, StoredTensor> tensors;
    private final TensorNames names;
    private final String prefix;
    private final Kernels kernels;
    private final Numerics numerics;
    private final Arena arena;
    private final Set<String> used = new HashSet<>();

    private Weights(
            Map<String, StoredTensor> tensors, TensorNames names, Kernels kernels, Numerics numerics, Arena arena) {
        this.tensors = tensors;
        this.names = names;
        this.kernels = kernels;
        this.numerics = numerics;
        this.arena = arena;
        this.prefix = names.prefixes().stream()
                .filter(p -> tensors.containsKey(names.name(Role.EMBEDDING, 0, p) + ".weight"))
                .findFirst()
                .orElseThrow(() -> JandaiaException.format("The model has no tensor '"
                        + names.name(Role.EMBEDDING, 0, names.prefixes().getFirst()) + ".weight'; it has "
                        + tensors.size() + " others" + some(tensors.keySet()) + "."));
    }

    /**
     * Builds the decoder.
     *
     * @param arena owns what is copied (norms, biases); the packed weights may go on reading the tensors' own memory
     */
    public static Decoder decoder(
            DecoderSpec spec,
            Map<String, StoredTensor> tensors,
            TensorNames names,
            Kernels kernels,
            Numerics numerics,
            Arena arena) {
        Weights w = new Weights(tensors, names, kernels, numerics, arena);
        Linear embedding = w.linear(Role.EMBEDDING, 0, spec.vocabulary(), spec.dim(), false);
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < spec.layers(); i++) {
            layers.add(w.layer(spec, i));
        }
        Layer.Norm finalNorm = w.norm(spec, Role.FINAL_NORM, 0, spec.dim());
        Linear head = spec.tiedHead() ? embedding : w.linear(Role.HEAD, 0, spec.vocabulary(), spec.dim(), false);
        w.refuseUnused(spec.tiedHead());
        return new Decoder(spec, embedding, layers, finalNorm, head);
    }

    private Layer layer(DecoderSpec spec, int i) {
        DecoderSpec.AttentionSpec a = spec.attention();
        DecoderSpec.MlpSpec m = spec.mlp();
        int dim = spec.dim();
        int queries = a.heads() * a.headDim();
        int keys = a.kvHeads() * a.headDim();
        Layer.Attention attention = new Layer.Attention(
                i,
                linear(Role.QUERY, i, queries, dim, a.inputBias()),
                linear(Role.KEY, i, keys, dim, a.inputBias()),
                linear(Role.VALUE, i, keys, dim, a.inputBias()),
                linear(Role.ATTENTION_OUTPUT, i, dim, queries, a.outputBias()),
                a.headNorm() ? norm(spec, Role.QUERY_NORM, i, a.headDim()) : null,
                a.headNorm() ? norm(spec, Role.KEY_NORM, i, a.headDim()) : null,
                a.window(i));
        Layer.Mlp mlp = new Layer.Mlp(
                linear(Role.GATE, i, m.inner(), dim, m.bias()),
                linear(Role.UP, i, m.inner(), dim, m.bias()),
                linear(Role.DOWN, i, dim, m.inner(), m.bias()));
        return new Layer(norm(spec, Role.ATTENTION_NORM, i, dim), attention, norm(spec, Role.MLP_NORM, i, dim), mlp);
    }

    private Linear linear(Role role, int layer, int outputs, int inputs, boolean bias) {
        StoredTensor weight = tensor(role, layer, ".weight", outputs, inputs);
        return new Linear(kernels.pack(weight, numerics), bias ? vector(role, layer, ".bias", outputs) : null);
    }

    private Layer.Norm norm(DecoderSpec spec, Role role, int layer, int size) {
        return new Layer.Norm(vector(role, layer, ".weight", size), spec.norm().eps());
    }

    private MemorySegment vector(Role role, int layer, String suffix, int size) {
        return arena.allocateFrom(
                java.lang.foreign.ValueLayout.JAVA_FLOAT,
                tensor(role, layer, suffix, size).toFloats());
    }

    private StoredTensor tensor(Role role, int layer, String suffix, long... shape) {
        String name = names.name(role, layer, prefix) + suffix;
        StoredTensor t = tensors.get(name);
        if (t == null) {
            throw JandaiaException.format("The model has no tensor '" + name
                    + "', which its configuration asks for with shape " + Arrays.toString(shape) + ".");
        }
        if (!Arrays.equals(t.shape(), shape)) {
            throw JandaiaException.format("Tensor '" + name + "' has shape " + t.shapeText()
                    + "; the model's configuration asks for " + Arrays.toString(shape) + ".");
        }
        used.add(name);
        return t;
    }

    /** With a tied head, a saved copy of it is a leftover. */
    private void refuseUnused(boolean tied) {
        String head = names.name(Role.HEAD, 0, prefix) + ".weight";
        List<String> unused = tensors.keySet().stream()
                .filter(n -> !used.contains(n))
                .filter(n -> !LEFTOVER.matcher(n).matches())
                .filter(n -> !(tied && n.equals(head)))
                .sorted()
                .toList();
        if (!unused.isEmpty()) {
            throw JandaiaException.unsupported("The model has " + unused.size()
                    + " tensors that its architecture does not use" + some(unused)
                    + ": its configuration or this version's understanding of it is wrong.");
        }
    }

    private static String some(Iterable<String> names) {
        StringBuilder s = new StringBuilder(" (");
        int n = 0;
        for (String name : names) {
            if (n == 3) {
                return s.append(", ...)").toString();
            }
            s.append(n++ == 0 ? "" : ", ").append(name);
        }
        return n == 0 ? "" : s.append(')').toString();
    }
}
