package io.jandaia.model.nn;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.AttentionSpec;
import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.arch.LayerSpec;
import io.jandaia.model.arch.MlpSpec;
import io.jandaia.model.arch.RopeSpec;
import io.jandaia.model.state.KvLayout;
import io.jandaia.model.state.SequenceState;
import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.kernel.Kernels;
import io.jandaia.tensor.kernel.KvShape;
import io.jandaia.tensor.kernel.PackedMatrix;
import io.jandaia.tensor.kernel.Scoring;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The operations without gradients: kernels over packed weights, split over a team. Each number of a result is computed
 * by one kernel call whatever the split, so results do not depend on the team's size or on the batch. One caller at a time.
 */
public final class InferenceOps implements Ops, AutoCloseable {

    /** Positions in one span of attention; spans start at multiples of this and are joined in order. */
    static final int SPAN = 16 * KvShape.PAGE;

    /** Weight bytes in one task of a matrix product: large enough to amortise, small enough to balance. */
    private static final long TASK_BYTES = 128 << 10;

    private final KvLayout layout;
    private final Kernels kernels;
    private final ComputeTeam team;
    private final Workspace workspace = new Workspace();
    private final Map<RopeSpec, Rotations> rotations = new HashMap<>();
    private final Map<AttentionSpec.Alibi, AlibiTable> alibis = new HashMap<>();
    private Batch batch = Batch.builder().build();

    /** The cosines and sines of the batch's positions. */
    private static final class Rotations {
        final RopeSpec spec;
        final RopeTable table;
        MemorySegment memory = MemorySegment.NULL;

        Rotations(RopeSpec spec) {
            this.spec = spec;
            this.table = new RopeTable(spec);
        }
    }

    public InferenceOps(DecoderSpec decoder, KvLayout layout, Kernels kernels, ComputeTeam team) {
        this.layout = layout;
        this.kernels = kernels;
        this.team = team;
        for (LayerSpec layer : decoder.layers()) {
            if (layer.mixer() instanceof AttentionSpec a) {
                if (a.rope() != null) {
                    rotations.computeIfAbsent(a.rope(), Rotations::new);
                }
                if (a.alibi() != null) {
                    alibis.computeIfAbsent(a.alibi(), alibi -> new AlibiTable(alibi, a.heads()));
                }
            }
        }
    }

    /** Where a decoder's layers keep their keys and values. */
    public static KvLayout layout(DecoderSpec decoder) {
        return new KvLayout(decoder.layers().stream()
                .map(layer -> switch (layer.mixer()) {
                    case AttentionSpec a ->
                        new KvLayout.Layer(new KvShape(a.kvHeads(), a.headDim(), a.headDim()), a.window());
                })
                .toList());
    }

    @Override
    public void begin(Batch batch) {
        this.batch = batch;
        workspace.reset();
        for (Rotations r : rotations.values()) {
            long bytes = r.table.bytes();
            r.memory = workspace.take(batch.size() * bytes);
            for (int row = 0; row < batch.size(); row++) {
                int reach = batch.slice(row).state().reach();
                r.table.write(batch.position(row), reach, r.memory, row * bytes);
            }
        }
        for (AlibiTable alibi : alibis.values()) {
            for (Batch.Slice s : batch.slices()) {
                alibi.reach(s.position() + s.count());
            }
        }
    }

    @Override
    public long mark() {
        return workspace.mark();
    }

    @Override
    public void release(long mark) {
        workspace.release(mark);
    }

    @Override
    public Matrix embed(Embedding e) {
        Linear table = e.table();
        Matrix x = workspace.matrix(batch.size(), table.inputs());
        for (int row = 0; row < batch.size(); row++) {
            int token = batch.token(row);
            if (token < 0 || token >= table.outputs()) {
                throw JandaiaException.usage(
                        "Token id " + token + " is outside the vocabulary of " + table.outputs() + ".");
            }
            table.weight().decodeRow(token, x.data(), x.offset(row));
        }
        if (e.spec().scale() != 1) {
            scale(x, e.spec().scale());
        }
        if (e.projection() != null) {
            x = linear(e.projection(), x);
        }
        if (e.positions() != null && e.spec().positions() != null) {
            Matrix places = workspace.matrix(x.rows(), x.cols());
            for (int row = 0; row < batch.size(); row++) {
                int place = batch.position(row) + e.spec().positions().offset();
                if (place >= e.positions().outputs()) {
                    throw JandaiaException.usage("Position " + batch.position(row) + " is beyond the "
                            + e.spec().positions().rows() + " that the model has learned.");
                }
                e.positions().weight().decodeRow(place, places.data(), places.offset(row));
            }
            add(x, places, 1);
        }
        if (e.norm() != null) {
            normInPlace(e.norm(), x);
        }
        return x;
    }

    @Override
    public Matrix norm(Layer.Norm norm, Matrix x) {
        Matrix out = workspace.matrix(x.rows(), x.cols());
        norm(norm, x, out);
        return out;
    }

    @Override
    public void normInPlace(Layer.Norm norm, Matrix x) {
        norm(norm, x, x);
    }

    private void norm(Layer.Norm norm, Matrix x, Matrix out) {
        team.run(
                x.rows(),
                (row, worker) ->
                        norm(norm, norm.weight(), x.cols(), x.data(), x.offset(row), out.data(), out.offset(row)));
    }

    private void norm(
            Layer.Norm norm, MemorySegment weight, int n, MemorySegment x, long xAt, MemorySegment out, long outAt) {
        switch (norm.kind()) {
            case RMS -> kernels.rmsNorm(x, xAt, weight, norm.eps(), n, out, outAt);
            case LAYER -> kernels.layerNorm(x, xAt, weight, norm.bias(), norm.eps(), n, out, outAt);
        }
    }

    @Override
    public Matrix qkvRope(Layer.Attention a, Matrix x) {
        AttentionSpec spec = a.spec();
        Matrix q = workspace.matrix(x.rows(), spec.heads() * spec.headDim());
        long mark = workspace.mark();
        Matrix k = workspace.matrix(x.rows(), spec.kvHeads() * spec.headDim());
        Matrix v = workspace.matrix(x.rows(), spec.kvHeads() * spec.headDim());
        if (a.inputs().size() == 3) {
            multiply(a.inputs().get(0), x, q);
            multiply(a.inputs().get(1), x, k);
            multiply(a.inputs().get(2), x, v);
        } else {
            Matrix all = linear(a.inputs().getFirst(), x);
            team.run(x.rows(), (row, worker) -> split(spec, all, row, q, k, v));
        }
        team.run(x.rows(), (row, worker) -> {
            place(spec, q, row, spec.heads(), a.queryNorm());
            place(spec, k, row, spec.kvHeads(), a.keyNorm());
            int position = batch.position(row);
            SequenceState state = batch.slice(row).state();
            kernels.storeKv(
                    layout.shape(a.layer()),
                    k.data(),
                    k.offset(row),
                    v.data(),
                    v.offset(row),
                    state.pages(a.layer())[position / KvShape.PAGE],
                    layout.offset(a.layer()),
                    position % KvShape.PAGE);
        });
        workspace.release(mark);
        return q;
    }

    /** Takes one row of a fused projection apart. */
    private static void split(AttentionSpec spec, Matrix all, int row, Matrix q, Matrix k, Matrix v) {
        int groups = spec.layout() == QkvLayout.PER_GROUP ? spec.kvHeads() : 1;
        int queries = q.cols() / groups;
        int keys = k.cols() / groups;
        for (int g = 0; g < groups; g++) {
            long from = all.offset(row) + (long) g * (queries + 2 * keys) * Float.BYTES;
            copy(all, from, q, row, g, queries);
            copy(all, from + (long) queries * Float.BYTES, k, row, g, keys);
            copy(all, from + (long) (queries + keys) * Float.BYTES, v, row, g, keys);
        }
    }

    private static void copy(Matrix from, long at, Matrix to, int row, int part, int n) {
        long bytes = (long) n * Float.BYTES;
        MemorySegment.copy(from.data(), at, to.data(), to.offset(row) + part * bytes, bytes);
    }

    /** Norms and rotates the heads of one row. */
    private void place(AttentionSpec spec, Matrix m, int row, int heads, Layer.@Nullable Norm norm) {
        boolean late = spec.headNorm() != null && spec.headNorm().afterRope();
        if (norm != null && !late) {
            normHeads(spec, m, row, heads, norm);
        }
        if (spec.rope() != null) {
            Rotations r = Objects.requireNonNull(rotations.get(spec.rope()));
            for (int h = 0; h < heads; h++) {
                kernels.rope(
                        m.data(),
                        m.offset(row) + (long) h * spec.headDim() * Float.BYTES,
                        r.spec.rotary(),
                        r.spec.interleaved(),
                        r.memory,
                        row * r.table.bytes());
            }
        }
        if (norm != null && late) {
            normHeads(spec, m, row, heads, norm);
        }
    }

    private void normHeads(AttentionSpec spec, Matrix m, int row, int heads, Layer.Norm norm) {
        HeadNorm.Span span = Objects.requireNonNull(spec.headNorm()).span();
        if (span == HeadNorm.Span.WHOLE) {
            norm(norm, norm.weight(), m.cols(), m.data(), m.offset(row), m.data(), m.offset(row));
            return;
        }
        long bytes = (long) spec.headDim() * Float.BYTES;
        for (int h = 0; h < heads; h++) {
            MemorySegment weight = span == HeadNorm.Span.EACH ? norm.weight().asSlice(h * bytes, bytes) : norm.weight();
            long at = m.offset(row) + h * bytes;
            norm(norm, weight, spec.headDim(), m.data(), at, m.data(), at);
        }
    }

    @Override
    public Matrix attend(Layer.Attention a, Matrix queries) {
        AttentionSpec spec = a.spec();
        int kvHeads = spec.kvHeads();
        int group = spec.heads() / kvHeads;
        int dim = spec.headDim();
        Scoring scoring = new Scoring(spec.scale(), spec.cap());
        Matrix out = workspace.matrix(queries.rows(), queries.cols());
        long headBytes = (long) (2 + dim) * Float.BYTES;
        long spanBytes = group * headBytes;
        int spans = 0;
        for (Batch.Slice s : batch.slices()) {
            spans = Math.max(spans, (s.position() + s.count() - 1) / SPAN + 1);
        }
        int maxSpans = spans;
        int pairs = queries.rows() * kvHeads;
        if (maxSpans > 1 && pairs < 4 * team.size()) {
            // Few queries, many positions: the spans of one query go to several workers.
            MemorySegment partial = workspace.take((long) pairs * maxSpans * spanBytes);
            team.run(pairs * maxSpans, (task, worker) -> {
                int pair = task / maxSpans;
                span(a, scoring, queries, pair, task % maxSpans, partial, task * spanBytes);
            });
            team.run(pairs, (pair, worker) -> merge(out, pair, group, partial, (long) pair * maxSpans * spanBytes, a));
        } else {
            team.run(pairs, (pair, worker) -> {
                MemorySegment partial = team.scratch(worker, maxSpans * spanBytes);
                for (int s = firstSpan(a, pair); s <= lastSpan(a, pair); s++) {
                    span(a, scoring, queries, pair, s, partial, s * spanBytes);
                }
                merge(out, pair, group, partial, 0, a);
            });
        }
        return out;
    }

    private int firstSpan(Layer.Attention a, int pair) {
        return from(a, batch.position(pair / a.spec().kvHeads())) / SPAN;
    }

    private int lastSpan(Layer.Attention a, int pair) {
        return batch.position(pair / a.spec().kvHeads()) / SPAN;
    }

    /** The first position that is seen from {@code position}. */
    private static int from(Layer.Attention a, int position) {
        int window = a.spec().window();
        return window == 0 ? 0 : Math.max(0, position + 1 - window);
    }

    private void span(
            Layer.Attention a, Scoring scoring, Matrix queries, int pair, int span, MemorySegment partial, long at) {
        AttentionSpec spec = a.spec();
        int row = pair / spec.kvHeads();
        int kvHead = pair % spec.kvHeads();
        int group = spec.heads() / spec.kvHeads();
        int position = batch.position(row);
        int from = Math.max(from(a, position), span * SPAN);
        int to = Math.min(position + 1, (span + 1) * SPAN);
        if (from >= to) {
            return;
        }
        AlibiTable alibi = spec.alibi() == null ? null : Objects.requireNonNull(alibis.get(spec.alibi()));
        kernels.attend(
                layout.shape(a.layer()),
                kvHead,
                batch.slice(row).state().pages(a.layer()),
                layout.offset(a.layer()),
                from,
                to,
                queries.data(),
                queries.offset(row) + (long) kvHead * group * spec.headDim() * Float.BYTES,
                group,
                scoring,
                alibi == null ? MemorySegment.NULL : alibi.memory(),
                alibi == null ? 0 : alibi.at(kvHead * group, position, from),
                alibi == null ? 0 : alibi.stride(),
                partial,
                at);
    }

    private void merge(Matrix out, int pair, int group, MemorySegment partial, long at, Layer.Attention a) {
        int kvHeads = a.spec().kvHeads();
        int dim = a.spec().headDim();
        int row = pair / kvHeads;
        int kvHead = pair % kvHeads;
        long headBytes = (long) (2 + dim) * Float.BYTES;
        long spanBytes = group * headBytes;
        int first = firstSpan(a, pair);
        int spans = lastSpan(a, pair) - first + 1;
        float[] sinks = a.sinks();
        for (int h = 0; h < group; h++) {
            int head = kvHead * group + h;
            kernels.mergeAttention(
                    partial,
                    at + first * spanBytes + h * headBytes,
                    spanBytes,
                    spans,
                    sinks == null ? Float.NEGATIVE_INFINITY : sinks[head],
                    dim,
                    out.data(),
                    out.offset(row) + (long) head * dim * Float.BYTES);
        }
    }

    @Override
    public Matrix linear(Linear w, Matrix x) {
        Matrix out = workspace.matrix(x.rows(), w.outputs());
        multiply(w, x, out);
        return out;
    }

    @Override
    public Matrix mlp(Layer.Mlp mlp, Matrix x) {
        MlpSpec spec = mlp.spec();
        Matrix out = workspace.matrix(x.rows(), mlp.down().outputs());
        long mark = workspace.mark();
        Matrix first = linear(mlp.inputs().getFirst(), x);
        Matrix inner;
        if (!spec.gated()) {
            inner = first;
            team.run(
                    x.rows(),
                    (row, worker) ->
                            kernels.activate(spec.activation(), first.data(), first.offset(row), first.cols()));
        } else if (spec.fused()) {
            inner = workspace.matrix(x.rows(), spec.inner());
            long bytes = (long) spec.inner() * Float.BYTES;
            team.run(x.rows(), (row, worker) -> {
                copy(first, first.offset(row), inner, row, 0, spec.inner());
                kernels.gate(
                        spec.activation(),
                        inner.data(),
                        inner.offset(row),
                        first.data(),
                        first.offset(row) + bytes,
                        spec.inner());
            });
        } else {
            inner = first;
            Matrix up = linear(mlp.inputs().get(1), x);
            team.run(
                    x.rows(),
                    (row, worker) -> kernels.gate(
                            spec.activation(), first.data(), first.offset(row), up.data(), up.offset(row), up.cols()));
        }
        multiply(mlp.down(), inner, out);
        workspace.release(mark);
        return out;
    }

    @Override
    public void add(Matrix x, Matrix y, float scale) {
        if (scale != 1) {
            scale(y, scale);
        }
        team.run(x.rows(), (row, worker) -> kernels.add(x.data(), x.offset(row), y.data(), y.offset(row), x.cols()));
    }

    private void scale(Matrix x, float factor) {
        team.run(x.rows(), (row, worker) -> kernels.scale(x.data(), x.offset(row), factor, x.cols()));
    }

    @Override
    public Matrix rows(Matrix x, int[] rows) {
        Matrix out = workspace.matrix(rows.length, x.cols());
        for (int i = 0; i < rows.length; i++) {
            MemorySegment.copy(x.data(), x.offset(rows[i]), out.data(), out.offset(i), (long) x.cols() * Float.BYTES);
        }
        return out;
    }

    @Override
    public Matrix logits(Head head, Matrix x) {
        Matrix out = linear(head.output(), head.projection() == null ? x : linear(head.projection(), x));
        if (head.spec().scale() != 1) {
            scale(out, head.spec().scale());
        }
        if (head.spec().cap() > 0) {
            team.run(
                    out.rows(),
                    (row, worker) -> kernels.softCap(
                            out.data(), out.offset(row), head.spec().cap(), out.cols()));
        }
        return out;
    }

    /** The activations as w's numerics want them; empty when products read floats. */
    private MemorySegment quantized(PackedMatrix w, Matrix x) {
        long bytes = kernels.quantizedBytes(w, x.rows());
        if (bytes == 0) {
            return MemorySegment.NULL;
        }
        MemorySegment out = workspace.take(bytes);
        team.run(x.rows(), (row, worker) -> kernels.quantize(w, x, row, row + 1, out));
        return out;
    }

    private void multiply(Linear linear, Matrix x, Matrix out) {
        PackedMatrix w = linear.weight();
        long mark = workspace.mark();
        MemorySegment quantized = quantized(w, x);
        int rows = taskRows(w);
        int tasks = (w.rows() + rows - 1) / rows;
        long scratch = kernels.scratchBytes(w);
        team.run(tasks, (task, worker) -> {
            int from = task * rows;
            int to = Math.min(from + rows, w.rows());
            kernels.gemm(w, x, quantized, from, to, out, 0, team.scratch(worker, scratch));
            MemorySegment bias = linear.bias();
            if (bias != null) {
                for (int r = 0; r < out.rows(); r++) {
                    long at = (long) from * Float.BYTES;
                    kernels.add(out.data(), out.offset(r) + at, bias, at, to - from);
                }
            }
        });
        workspace.release(mark);
    }

    private static int taskRows(PackedMatrix w) {
        long rowBytes = Math.max(1, w.bytes() / w.rows());
        long rows = Math.max(1, TASK_BYTES / rowBytes);
        return (int) Math.min(w.rows(), (rows + 15) / 16 * 16);
    }

    @Override
    public void close() {
        workspace.close();
    }
}
