package io.jandaia.model.nn;

import io.jandaia.model.arch.AttentionSpec;
import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.arch.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The linear maps of a decoder by what they are for, and which of their rows is which where files cut them otherwise: queries,
 * keys and values in one matrix or in three, gate and up in one or in two, rows that rotate together as neighbours or half a
 * head apart. Every row has a place in an order of its own layer; two cuts of the same rows meet there.
 */
public final class Modules {

    /**
     * A module of a model.
     *
     * @param layer 0 for what occurs once
     * @param expert 0 for what is no expert's
     */
    public record Slot(Role role, int layer, int expert) {}

    /**
     * How the rows of queries, keys and values lie in a kind of file.
     *
     * @param fused in one matrix, where there is one
     * @param neighbours whether rows of queries and keys that rotate together, half a head apart otherwise, are neighbours
     */
    public record RowOrder(QkvLayout fused, boolean neighbours) {}

    /**
     * A linear map that a module is, or is a part of, or is cut into.
     *
     * @param rows for each row of the map the module's row that it is; -1 where it is none of the module's
     */
    public record Target(Linear linear, int[] rows) {}

    /** Where a module is, with its size as its files have it. */
    public record Module(int outputs, int inputs, List<Target> targets) {}

    /** A linear map with the places of its rows. */
    private record Part(Linear linear, int[] places) {}

    private final Map<Slot, Part> single = new HashMap<>();
    private final List<Layer> layers;
    private final RowOrder own;

    /** @param own how the decoder's own files order rows */
    public Modules(Decoder decoder, RowOrder own) {
        this.layers = decoder.layers();
        this.own = own;
        add(Role.HEAD, 0, decoder.head().output());
        add(Role.HEAD_PROJECTION, 0, decoder.head().projection());
        add(Role.EMBEDDING_PROJECTION, 0, decoder.embedding().projection());
        for (int i = 0; i < layers.size(); i++) {
            switch (layers.get(i).mixer()) {
                case Layer.Attention a -> add(Role.ATTENTION_OUTPUT, i, a.output());
                case Layer.LatentAttention a -> {
                    boolean compressed = a.query().size() == 2;
                    add(compressed ? Role.QUERY_DOWN : Role.QUERY, i, a.query().getFirst());
                    add(Role.QUERY_UP, i, compressed ? a.query().getLast() : null);
                    add(Role.LATENT, i, a.latent());
                    add(Role.ATTENTION_OUTPUT, i, a.output());
                }
                case Layer.Recurrent r -> {
                    add(Role.RECURRENT_IN, i, r.inputs().getFirst());
                    add(
                            Role.RECURRENT_RATES,
                            i,
                            r.inputs().size() == 2 ? r.inputs().getLast() : null);
                    add(Role.RECURRENT_OUTPUT, i, r.output());
                }
            }
            switch (layers.get(i).feedForward()) {
                case Layer.Mlp m -> add(Role.DOWN, i, m.down());
                case Layer.Experts e -> {
                    add(Role.ROUTER, i, e.router());
                    add(Role.SHARED_SWITCH, i, e.sharedSwitch());
                    add(
                            Role.SHARED_DOWN,
                            i,
                            e.shared() == null ? null : e.shared().down());
                    for (int n = 0; n < e.experts().size(); n++) {
                        Linear down = e.experts().get(n).down();
                        single.put(new Slot(Role.EXPERT_DOWN, i, n), new Part(down, span(0, down.outputs())));
                    }
                }
            }
        }
    }

    private void add(Role role, int layer, @Nullable Linear linear) {
        if (linear != null) {
            single.put(new Slot(role, layer, 0), new Part(linear, span(0, linear.outputs())));
        }
    }

    /** The experts of a layer; 1 where it has none. */
    public int experts(int layer) {
        return layers.get(layer).feedForward() instanceof Layer.Experts e
                ? e.experts().size()
                : 1;
    }

    public int layers() {
        return layers.size();
    }

    /** Where a module is whose files order rows as {@code theirs} says; null when the decoder has no such linear map. */
    public @Nullable Module find(Slot slot, RowOrder theirs) {
        Part whole = single.get(slot);
        if (whole != null) {
            return meet(whole.places, List.of(whole));
        }
        if (!slot.role.perLayer() || slot.layer >= layers.size()) {
            return null;
        }
        Layer layer = layers.get(slot.layer);
        return switch (slot.role) {
            case QUERY, KEY, VALUE, QKV ->
                layer.mixer() instanceof Layer.Attention a ? attention(a, slot, theirs) : null;
            case GATE, UP, GATE_UP ->
                layer.feedForward() instanceof Layer.Mlp m ? mlp(m, slot.role, Role.GATE, Role.GATE_UP) : null;
            case EXPERT_GATE, EXPERT_UP, EXPERT_GATE_UP ->
                layer.feedForward() instanceof Layer.Experts e
                                && slot.expert < e.experts().size()
                        ? mlp(e.experts().get(slot.expert), slot.role, Role.EXPERT_GATE, Role.EXPERT_GATE_UP)
                        : null;
            case SHARED_GATE, SHARED_UP, SHARED_GATE_UP ->
                layer.feedForward() instanceof Layer.Experts e && e.shared() != null
                        ? mlp(e.shared(), slot.role, Role.SHARED_GATE, Role.SHARED_GATE_UP)
                        : null;
            default -> null;
        };
    }

    private Module attention(Layer.Attention a, Slot slot, RowOrder theirs) {
        List<Part> parts = new ArrayList<>();
        int rows = a.spec().heads() * a.spec().headDim();
        if (a.inputs().size() == 1) {
            QkvLayout layout = a.spec().layout();
            parts.add(new Part(
                    a.inputs().getFirst(), places(a.spec(), Role.QKV, new RowOrder(layout, own.neighbours), false)));
        } else {
            parts.add(new Part(a.inputs().get(0), places(a.spec(), Role.QUERY, own, false)));
            parts.add(new Part(a.inputs().get(1), places(a.spec(), Role.KEY, own, false)));
            parts.add(new Part(a.inputs().get(2), places(a.spec(), Role.VALUE, own, false)));
        }
        if (a.gate() != null) {
            parts.add(new Part(a.gate(), span(gates(a.spec()), rows)));
        }
        return meet(places(a.spec(), slot.role, theirs, a.gate() != null), parts);
    }

    /** Where the places of gates begin: after queries, keys and values. */
    private static int gates(AttentionSpec a) {
        return (a.heads() + 2 * a.kvHeads()) * a.headDim();
    }

    private static int[] places(AttentionSpec a, Role role, RowOrder order, boolean gated) {
        int dim = a.headDim();
        int keys = a.heads() * dim;
        int values = keys + a.kvHeads() * dim;
        int[] q = heads(0, a.heads(), dim, order.neighbours);
        int[] k = heads(keys, a.kvHeads(), dim, order.neighbours);
        int[] v = span(values, a.kvHeads() * dim);
        return switch (role) {
            case KEY -> k;
            case VALUE -> v;
            case QUERY -> gated ? takingTurns(q, span(gates(a), q.length), dim, dim) : q;
            default ->
                order.fused == QkvLayout.PER_GROUP
                        ? takingTurns(
                                takingTurns(q, k, q.length / a.kvHeads(), dim), v, q.length / a.kvHeads() + dim, dim)
                        : takingTurns(takingTurns(q, k, q.length, k.length), v, q.length + k.length, v.length);
        };
    }

    /** The rows of heads from place {@code from} on. As neighbours, row 2j + t of a head is its row t * dim / 2 + j. */
    private static int[] heads(int from, int count, int dim, boolean neighbours) {
        int[] out = span(from, count * dim);
        for (int i = 0; neighbours && i < out.length; i++) {
            int row = i % dim;
            out[i] = from + i - row + row % 2 * (dim / 2) + row / 2;
        }
        return out;
    }

    /** So many of a, so many of b, and again. */
    private static int[] takingTurns(int[] a, int[] b, int ofA, int ofB) {
        int[] out = new int[a.length + b.length];
        for (int turn = 0; turn * (ofA + ofB) < out.length; turn++) {
            System.arraycopy(a, turn * ofA, out, turn * (ofA + ofB), ofA);
            System.arraycopy(b, turn * ofB, out, turn * (ofA + ofB) + ofA, ofB);
        }
        return out;
    }

    private static @Nullable Module mlp(Layer.Mlp m, Role role, Role gate, Role both) {
        int inner = m.spec().inner();
        if (!m.spec().gated()) {
            Linear up = m.inputs().getFirst();
            return role == gate || role == both ? null : meet(span(0, inner), List.of(new Part(up, span(0, inner))));
        }
        List<Part> parts = m.spec().fused()
                ? List.of(new Part(m.inputs().getFirst(), span(0, 2 * inner)))
                : List.of(
                        new Part(m.inputs().getFirst(), span(0, inner)),
                        new Part(m.inputs().getLast(), span(inner, inner)));
        int[] places = role == both ? span(0, 2 * inner) : span(role == gate ? 0 : inner, inner);
        return meet(places, parts);
    }

    private static int[] span(int from, int count) {
        return IntStream.range(from, from + count).toArray();
    }

    private static Module meet(int[] places, List<Part> parts) {
        int[] rowAt = new int
                [1
                        + Math.max(
                                Arrays.stream(places).max().orElse(0),
                                parts.stream()
                                        .flatMapToInt(p -> Arrays.stream(p.places))
                                        .max()
                                        .orElse(0))];
        Arrays.fill(rowAt, -1);
        for (int i = 0; i < places.length; i++) {
            rowAt[places[i]] = i;
        }
        List<Target> targets = new ArrayList<>();
        for (Part p : parts) {
            int[] rows = Arrays.stream(p.places).map(place -> rowAt[place]).toArray();
            if (Arrays.stream(rows).anyMatch(r -> r >= 0)) {
                targets.add(new Target(p.linear, rows));
            }
        }
        return new Module(places.length, parts.getFirst().linear.inputs(), targets);
    }
}
