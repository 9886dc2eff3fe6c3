package io.jandaia.model.convert;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.AttentionSpec;
import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.arch.ExpertsSpec;
import io.jandaia.model.arch.ExpertsSpec.Storage;
import io.jandaia.model.arch.LatentAttentionSpec;
import io.jandaia.model.arch.LayerSpec;
import io.jandaia.model.arch.LayerSpec.Residual;
import io.jandaia.model.arch.MlpSpec;
import io.jandaia.model.arch.NormSpec;
import io.jandaia.model.arch.Role;
import io.jandaia.model.arch.TensorNames;
import io.jandaia.model.format.TensorShape;
import io.jandaia.model.nn.TensorSlices;
import io.jandaia.model.nn.Weights;
import io.jandaia.model.quantization.SourceTensor;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of a model as another spec of the same model stores them: under other names, rows in another order, matrices
 * turned, several in one or one in several, norms as their distance from 1 or not. Nothing is read before it is written.
 */
final class Conversion {

    /** One of the two layouts. */
    record Side(DecoderSpec spec, TensorNames names) {

        private LayerSpec layer(int i) {
            return spec.layers().get(i);
        }

        private AttentionSpec attention(int i) {
            return (AttentionSpec) layer(i).mixer();
        }

        /** How many numbers of each head are stored as neighbouring pairs: all layers alike, also those that do not rotate. */
        private int paired() {
            return spec.layers().stream()
                    .map(LayerSpec::mixer)
                    .filter(m -> m instanceof AttentionSpec)
                    .map(m -> ((AttentionSpec) m).rope())
                    .filter(r -> r != null && r.interleaved())
                    .findFirst()
                    .map(r -> r.rotary())
                    .orElse(0);
        }
    }

    private final Map<String, StoredTensor> tensors;
    private final Side from;
    private final Side to;
    private final String prefix;
    private final Set<String> used = new HashSet<>();
    private final List<SourceTensor> out = new ArrayList<>();

    private Conversion(Map<String, StoredTensor> tensors, Side from, Side to) {
        this.tensors = tensors;
        this.from = from;
        this.to = to;
        this.prefix = from.names.prefixes().stream()
                .filter(p -> tensors.containsKey(from.names.name(Role.EMBEDDING, 0, p, n -> true) + ".weight"))
                .findFirst()
                .orElse(from.names.prefixes().getFirst());
    }

    /**
     * The tensors to write.
     *
     * @throws JandaiaException FORMAT when one is missing or has another shape, UNSUPPORTED when one would be left over
     */
    static List<SourceTensor> of(Map<String, StoredTensor> tensors, Side from, Side to) {
        Conversion c = new Conversion(tensors, from, to);
        c.outside();
        for (int i = 0; i < from.spec.layers().size(); i++) {
            c.layer(i);
        }
        c.refuseUnused();
        return c.out;
    }

    private void outside() {
        DecoderSpec spec = from.spec;
        int dim = spec.dim();
        if (spec.embedding().width() != dim) {
            throw cannot("its embedding is of another width than the model");
        }
        matrix(Role.EMBEDDING, 0, spec.vocabulary(), dim);
        if (spec.embedding().positions() instanceof DecoderSpec.LearnedPositions positions) {
            matrix(Role.POSITIONS, 0, positions.rows() + positions.offset(), dim);
        }
        norm(spec.embedding().norm(), to.spec.embedding().norm(), Role.EMBEDDING_NORM, 0, dim);
        norm(spec.finalNorm(), to.spec.finalNorm(), Role.FINAL_NORM, 0, dim);
        if (!to.spec.head().tied()) {
            String name = sourceName(spec.head().tied() ? Role.EMBEDDING : Role.HEAD, 0) + ".weight";
            StoredTensor t = tensor(name, spec.vocabulary(), dim);
            put(targetName(Role.HEAD, 0) + ".weight", t.shape(), List.of(Rows.of(t)));
        }
        if (spec.head().bias()) {
            vector(Role.HEAD, 0, ".bias", spec.vocabulary());
        }
    }

    private void layer(int i) {
        LayerSpec a = from.layer(i);
        LayerSpec b = to.layer(i);
        int dim = from.spec.dim();
        norm(a.mixerIn(), b.mixerIn(), Role.ATTENTION_NORM, i, dim);
        switch (a.mixer()) {
            case AttentionSpec x -> attention(x, i);
            case LatentAttentionSpec x -> latentAttention(x, i);
            default -> throw cannot("its layer " + i + " is recurrent");
        }
        norm(a.mixerOut(), b.mixerOut(), Role.ATTENTION_OUTPUT_NORM, i, dim);
        norm(a.feedForwardIn(), b.feedForwardIn(), Role.MLP_NORM, i, dim);
        switch (a.feedForward()) {
            case MlpSpec m -> mlp(m, (MlpSpec) b.feedForward(), false, i);
            case ExpertsSpec e -> experts(e, (ExpertsSpec) b.feedForward(), i);
        }
        norm(a.feedForwardOut(), b.feedForwardOut(), Role.MLP_OUTPUT_NORM, i, dim);
    }

    private void attention(AttentionSpec a, int i) {
        if (a.gated()) {
            throw cannot("its attention has gates");
        }
        int dim = from.spec.dim();
        for (String suffix : a.inputBias() ? List.of(".weight", ".bias") : List.of(".weight")) {
            queriesKeysValues(i, suffix);
        }
        linear(Role.ATTENTION_OUTPUT, i, dim, a.heads() * a.headDim(), a.outputBias());
        headNorm(a, Role.QUERY_NORM, i, a.heads());
        headNorm(a, Role.KEY_NORM, i, a.kvHeads());
        if (a.sinks()) {
            String name = sourceName(Role.SINKS, i);
            StoredTensor t = tensor(tensors.containsKey(name) ? name : name + ".weight", a.heads());
            // Only GGUF puts .weight behind every name.
            put(targetName(Role.SINKS, i) + (gguf() ? ".weight" : ""), t.shape(), List.of(Rows.of(t)));
        }
    }

    /** Whether the result is GGUF, whose names are the same for all families. */
    private boolean gguf() {
        return to.names.layer().startsWith("blk.");
    }

    private static final List<Role> SEPARATE = List.of(Role.QUERY, Role.KEY, Role.VALUE);

    private static List<Role> roles(QkvLayout layout) {
        return layout == QkvLayout.SEPARATE ? SEPARATE : List.of(Role.QKV);
    }

    private void queriesKeysValues(int i, String suffix) {
        AttentionSpec a = from.attention(i);
        AttentionSpec b = to.attention(i);
        boolean bias = suffix.equals(".bias");
        int[][] source = places(a, from.paired());
        int[][] target = places(b, to.paired());
        for (Role role : roles(b.layout())) {
            // For every row of the target's matrix, the matrix and the row it comes from.
            List<Rows> parts = new ArrayList<>();
            int rows = 0;
            for (int kind = 0; kind < 3; kind++) {
                if (role == Role.QKV || role == SEPARATE.get(kind)) {
                    rows += target[kind].length;
                }
            }
            int[] fromRow = new int[rows];
            int[] fromKind = new int[rows];
            for (int kind = 0; kind < 3; kind++) {
                if (role == Role.QKV || role == SEPARATE.get(kind)) {
                    for (int r = 0; r < target[kind].length; r++) {
                        fromRow[target[kind][r]] = source[kind][r];
                        fromKind[target[kind][r]] = a.layout() == QkvLayout.SEPARATE ? kind : 0;
                    }
                }
            }
            for (int start = 0; start < rows; ) {
                int end = start + 1;
                while (end < rows && fromKind[end] == fromKind[start]) {
                    end++;
                }
                Role matrix = roles(a.layout()).get(fromKind[start]);
                int stored = matrix == Role.QKV
                        ? (a.heads() + 2 * a.kvHeads()) * a.headDim()
                        : source[fromKind[start]].length;
                Rows all = bias
                        ? Rows.of(tensor(sourceName(matrix, i) + suffix, stored))
                        : stored(matrix, i, stored, from.spec.dim());
                parts.add(all.picked(Arrays.copyOfRange(fromRow, start, end)));
                start = end;
            }
            if (bias) {
                put(targetName(role, i) + suffix, new long[] {rows}, parts);
            } else {
                putMatrix(role, i, rows, from.spec.dim(), parts);
            }
        }
    }

    /**
     * Where the rows of queries, keys and values lie in the matrix that holds them, for rows in the order of heads with
     * rotated pairs as halves.
     */
    private static int[][] places(AttentionSpec a, int paired) {
        int dim = a.headDim();
        int group = a.heads() / a.kvHeads();
        int[][] out = {new int[a.heads() * dim], new int[a.kvHeads() * dim], new int[a.kvHeads() * dim]};
        for (int kind = 0; kind < 3; kind++) {
            for (int r = 0; r < out[kind].length; r++) {
                int head = r / dim;
                int d = r % dim;
                int within = kind < 2 && d < paired ? 2 * (d % (paired / 2)) + d / (paired / 2) : d;
                int place = switch (a.layout()) {
                    case SEPARATE -> head;
                    case BLOCKS -> head + (kind == 0 ? 0 : a.heads() + (kind - 1) * a.kvHeads());
                    case PER_GROUP ->
                        kind == 0 ? head / group * (group + 2) + head % group : head * (group + 2) + group + kind - 1;
                };
                out[kind][r] = place * dim + within;
            }
        }
        return out;
    }

    private void headNorm(AttentionSpec a, Role role, int i, int heads) {
        HeadNorm n = a.headNorm();
        HeadNorm wanted = to.attention(i).headNorm();
        if (n == null || wanted == null) {
            return;
        }
        if (from.paired() != to.paired()) {
            throw cannot("its heads have norms, and the rows of queries and keys would need another order");
        }
        int dim = a.headDim();
        switch (n.span()) {
            case SHARED -> norm(n.norm(), wanted.norm(), role, i, dim);
            case WHOLE -> norm(n.norm(), wanted.norm(), role, i, heads * dim);
            case EACH -> {
                String source = sourceName(role, i) + ".weight";
                String target = targetName(role, i) + ".weight";
                List<StoredTensor> each = source.contains("{h}")
                        ? IntStream.range(0, heads)
                                .mapToObj(h -> tensor(source.replace("{h}", Integer.toString(h)), dim))
                                .toList()
                        : List.of(tensor(source, heads, dim));
                if (!target.contains("{h}")) {
                    put(
                            target,
                            new long[] {heads, dim},
                            each.stream().map(Rows::of).toList());
                    return;
                }
                for (int h = 0; h < heads; h++) {
                    StoredTensor one = each.size() > 1 ? each.get(h) : TensorSlices.of(each.getFirst(), h);
                    put(target.replace("{h}", Integer.toString(h)), new long[] {dim}, List.of(Rows.of(one)));
                }
            }
        }
    }

    private void latentAttention(LatentAttentionSpec a, int i) {
        int dim = from.spec.dim();
        int queries = a.heads() * a.headDim();
        if (a.queryRank() > 0) {
            linear(Role.QUERY_DOWN, i, a.queryRank(), dim, a.bias());
            vector(Role.QUERY_DOWN_NORM, i, ".weight", a.queryRank());
            linear(Role.QUERY_UP, i, queries, a.queryRank(), false);
        } else {
            linear(Role.QUERY, i, queries, dim, false);
        }
        linear(Role.LATENT, i, a.latent() + a.rope().rotary(), dim, a.bias());
        vector(Role.LATENT_NORM, i, ".weight", a.latent());
        linear(Role.LATENT_UP, i, a.heads() * (a.plainDim() + a.valueDim()), a.latent(), false);
        linear(Role.ATTENTION_OUTPUT, i, dim, a.heads() * a.valueDim(), a.bias());
        LatentAttentionSpec b = (LatentAttentionSpec) to.layer(i).mixer();
        if (a.rope().interleaved() != b.rope().interleaved()) {
            throw cannot("the rotated parts of its latent attention are halves, which only exist as pairs there");
        }
    }

    private void mlp(MlpSpec a, MlpSpec b, boolean shared, int i) {
        Role gate = shared ? Role.SHARED_GATE : Role.GATE;
        Role up = shared ? Role.SHARED_UP : Role.UP;
        Role both = shared ? Role.SHARED_GATE_UP : Role.GATE_UP;
        Role down = shared ? Role.SHARED_DOWN : Role.DOWN;
        int dim = from.spec.dim();
        if (!a.gated()) {
            linear(up, i, a.inner(), dim, a.bias());
        } else if (a.fused() == b.fused()) {
            for (Role role : a.fused() ? List.of(both) : List.of(gate, up)) {
                linear(role, i, a.fused() ? 2 * a.inner() : a.inner(), dim, a.bias());
            }
        } else if (a.bias()) {
            throw cannot("its gates have biases");
        } else if (a.fused()) {
            StoredTensor t = tensor(sourceName(both, i) + ".weight", 2L * a.inner(), dim);
            putMatrix(gate, i, a.inner(), dim, List.of(Rows.of(TensorSlices.rows(t, 0, a.inner()))));
            putMatrix(up, i, a.inner(), dim, List.of(Rows.of(TensorSlices.rows(t, a.inner(), a.inner()))));
        } else {
            putMatrix(
                    both,
                    i,
                    2 * a.inner(),
                    dim,
                    List.of(stored(gate, i, a.inner(), dim), stored(up, i, a.inner(), dim)));
        }
        linear(down, i, dim, a.inner(), a.bias());
    }

    private void experts(ExpertsSpec a, ExpertsSpec b, int i) {
        int dim = from.spec.dim();
        linear(Role.ROUTER, i, a.count(), dim, a.routing().bias());
        if (a.routing().correction()) {
            vector(Role.ROUTER_CORRECTION, i, "", a.count());
        }
        MlpSpec m = a.expert();
        if (!m.gated() || b.expert().fused() || b.storage() == Storage.STACKED_ALTERNATING) {
            throw cannot("its experts are stored in a way that is only read");
        }
        expertMap(a, b, Role.EXPERT_GATE, i, m.inner(), dim);
        expertMap(a, b, Role.EXPERT_UP, i, m.inner(), dim);
        expertMap(a, b, Role.EXPERT_DOWN, i, dim, m.inner());
        MlpSpec shared = a.shared();
        MlpSpec wanted = b.shared();
        if (shared != null && wanted != null) {
            mlp(shared, wanted, true, i);
        }
        if (a.sharedGate()) {
            String name = sourceName(Role.SHARED_SWITCH, i) + ".weight";
            StoredTensor t = tensors.get(name);
            t = t != null && t.shape().length == 1 ? tensor(name, dim) : tensor(name, 1, dim);
            long[] shape = gguf() ? new long[] {dim} : new long[] {1, dim};
            put(targetName(Role.SHARED_SWITCH, i) + ".weight", shape, List.of(Rows.of(t)));
        }
    }

    private void expertMap(ExpertsSpec a, ExpertsSpec b, Role role, int i, int outputs, int inputs) {
        for (String suffix : a.expert().bias() ? List.of(".weight", ".bias") : List.of(".weight")) {
            boolean bias = suffix.equals(".bias");
            List<Rows> each = IntStream.range(0, a.count())
                    .mapToObj(n -> expert(a, role, i, n, outputs, inputs, bias))
                    .toList();
            String name = targetName(role, i) + suffix;
            if (b.storage() == Storage.STACKED) {
                put(name, bias ? new long[] {a.count(), outputs} : new long[] {a.count(), outputs, inputs}, each);
            } else {
                for (int n = 0; n < a.count(); n++) {
                    put(
                            name.replace("{e}", Integer.toString(n)),
                            bias ? new long[] {outputs} : new long[] {outputs, inputs},
                            List.of(each.get(n)));
                }
            }
        }
    }

    /** One map of one expert, or its bias. */
    private Rows expert(ExpertsSpec a, Role role, int i, int n, int outputs, int inputs, boolean bias) {
        String suffix = bias ? ".bias" : ".weight";
        boolean fused = a.expert().fused() && role != Role.EXPERT_DOWN;
        Role stored = fused ? Role.EXPERT_GATE_UP : role;
        int rows = fused ? 2 * outputs : outputs;
        String name = sourceName(stored, i);
        Rows all = switch (a.storage()) {
            case EACH -> {
                String own = name.replace("{e}", Integer.toString(n)) + suffix;
                yield Rows.of(bias ? tensor(own, rows) : tensor(own, rows, inputs));
            }
            case STACKED ->
                Rows.of(TensorSlices.of(
                        bias ? tensor(name + suffix, a.count(), rows) : tensor(name + suffix, a.count(), rows, inputs),
                        n));
            case STACKED_ALTERNATING ->
                bias
                        ? Rows.of(TensorSlices.of(tensor(name + "_bias", a.count(), rows), n))
                        : Rows.transposed(TensorSlices.of(tensor(name, a.count(), inputs, rows), n));
        };
        if (!fused) {
            return all;
        }
        int part = role == Role.EXPERT_GATE ? 0 : 1;
        boolean alternating = a.storage() == Storage.STACKED_ALTERNATING;
        return all.picked(IntStream.range(0, outputs)
                .map(r -> alternating ? 2 * r + part : part * outputs + r)
                .toArray());
    }

    private void norm(@Nullable NormSpec a, @Nullable NormSpec b, Role role, int i, int size) {
        if (a == null || b == null) {
            return;
        }
        Rows weight = Rows.of(tensor(sourceName(role, i) + ".weight", size));
        float summand = (a.plusOne() ? 1 : 0) - (b.plusOne() ? 1 : 0);
        put(
                targetName(role, i) + ".weight",
                new long[] {size},
                List.of(summand == 0 ? weight : weight.floats(summand)));
        if (a.bias()) {
            vector(role, i, ".bias", size);
        }
    }

    private void matrix(Role role, int i, int rows, int columns) {
        StoredTensor t = tensor(sourceName(role, i) + ".weight", rows, columns);
        put(targetName(role, i) + ".weight", t.shape(), List.of(Rows.of(t)));
    }

    private void vector(Role role, int i, String suffix, int size) {
        StoredTensor t = tensor(sourceName(role, i) + suffix, size);
        put(targetName(role, i) + suffix, t.shape(), List.of(Rows.of(t)));
    }

    private void linear(Role role, int i, int outputs, int inputs, boolean bias) {
        putMatrix(role, i, outputs, inputs, List.of(stored(role, i, outputs, inputs)));
        if (bias) {
            vector(role, i, ".bias", outputs);
        }
    }

    /** The rows of a layer's linear map. */
    private Rows stored(Role role, int i, int outputs, int inputs) {
        String name = sourceName(role, i) + ".weight";
        return from.names.transposed()
                ? Rows.transposed(tensor(name, inputs, outputs))
                : Rows.of(tensor(name, outputs, inputs));
    }

    private void putMatrix(Role role, int i, int outputs, int inputs, List<Rows> parts) {
        String name = targetName(role, i) + ".weight";
        if (!to.names.transposed()) {
            put(name, new long[] {outputs, inputs}, parts);
        } else if (parts.size() == 1) {
            put(name, new long[] {inputs, outputs}, List.of(parts.getFirst().turned(inputs)));
        } else {
            throw cannot("'" + name + "' would be made of several that are turned");
        }
    }

    private void put(String name, long[] shape, List<Rows> parts) {
        ElementType first = parts.getFirst().type();
        boolean same = parts.stream().allMatch(r -> r.type() == first);
        out.add(new SourceTensor(
                new TensorShape(name, same ? first : ElementType.F32, shape),
                parts.stream().map(r -> (same ? r : r.floats(0)).part()).toList()));
    }

    private String sourceName(Role role, int i) {
        return from.names.name(
                role, i, prefix, n -> tensors.containsKey(n.replace("{e}", "0").replace("{h}", "0") + ".weight"));
    }

    /** Of several names the one that the model's shape asks for. */
    private String targetName(Role role, int i) {
        if (!to.names.has(role)) {
            throw cannot("there is no name for its " + role + " there");
        }
        String start = to.names.prefixes().getFirst();
        boolean second = second(role, i);
        String first = to.names.name(role, i, start, n -> true);
        return second ? to.names.name(role, i, start, n -> !n.equals(first)) : first;
    }

    private boolean second(Role role, int i) {
        return switch (role) {
            // Falcon: a norm for each part has a name of its own, the only norm another.
            case ATTENTION_NORM ->
                gguf()
                        ? from.layer(i).feedForwardIn() == null
                        : from.layer(i).feedForwardIn() != null && from.layer(i).residual() == Residual.PARALLEL;
            case MLP_NORM -> from.layer(i).residual() == Residual.PARALLEL;
            // Qwen's shared expert is one, DeepSeek's are several.
            case SHARED_GATE, SHARED_UP, SHARED_DOWN ->
                from.layer(i).feedForward() instanceof ExpertsSpec e && !e.sharedGate();
            default -> false;
        };
    }

    private StoredTensor tensor(String name, long... shape) {
        StoredTensor t = tensors.get(name);
        if (t == null || !Arrays.equals(t.shape(), shape)) {
            throw JandaiaException.format("The model's configuration asks for a tensor '" + name + "' of shape "
                    + Arrays.toString(shape) + "; "
                    + (t == null ? "there is none." : "it has shape " + t.shapeText() + "."));
        }
        used.add(name);
        return t;
    }

    private JandaiaException cannot(String why) {
        return JandaiaException.unsupported("The model cannot be converted: " + why + ".");
    }

    private void refuseUnused() {
        String head = sourceName(Role.HEAD, 0) + ".weight";
        int layers = from.spec.layers().size();
        List<String> unused = tensors.keySet().stream()
                .filter(n -> !used.contains(n) && !Weights.leftover(n))
                .filter(n -> !(from.spec.head().tied() && n.equals(head)))
                .filter(n -> !n.contains("attn_k_b.") && !n.contains("attn_v_b."))
                .filter(n -> !(from.names.spare()
                        && n.startsWith(prefix + from.names.layer().replace("{i}", Integer.toString(layers)))))
                .sorted()
                .toList();
        if (!unused.isEmpty()) {
            throw cannot("it has " + unused.size() + " tensors that its architecture does not use, the first '"
                    + unused.getFirst() + "'");
        }
    }
}
