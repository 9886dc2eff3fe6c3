package io.jandaia.model.nn;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.state.KvLayout;
import io.jandaia.model.state.SequenceState;
import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.kernel.Kernels;
import io.jandaia.tensor.kernel.KvShape;
import io.jandaia.tensor.kernel.PackedMatrix;
import java.lang.foreign.MemorySegment;
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

    private final DecoderSpec.AttentionSpec spec;
    private final float scale;
    private final int rotary;
    private final boolean interleaved;
    private final RopeTable ropeTable;
    private final KvLayout layout;
    private final Kernels kernels;
    private final ComputeTeam team;
    private final Workspace workspace = new Workspace();
    private Batch batch = Batch.builder().build();
    private MemorySegment rotations = MemorySegment.NULL;

    public InferenceOps(DecoderSpec decoder, KvLayout layout, Kernels kernels, ComputeTeam team) {
        this.spec = decoder.attention();
        this.scale = spec.scale();
        this.rotary = decoder.rope().rotary();
        this.interleaved = decoder.rope().interleaved();
        this.ropeTable = new RopeTable(decoder.rope());
        this.layout = layout;
        this.kernels = kernels;
        this.team = team;
    }

    @Override
    public void begin(Batch batch) {
        this.batch = batch;
        workspace.reset();
        rotations = workspace.take(batch.size() * ropeTable.bytes());
        for (int row = 0; row < batch.size(); row++) {
            int reach = batch.slice(row).state().reach();
            ropeTable.write(batch.position(row), reach, rotations, row * ropeTable.bytes());
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
    public Matrix embed(Linear table) {
        Matrix out = workspace.matrix(batch.size(), table.inputs());
        for (int row = 0; row < batch.size(); row++) {
            int token = batch.token(row);
            if (token < 0 || token >= table.outputs()) {
                throw JandaiaException.usage(
                        "Token id " + token + " is outside the vocabulary of " + table.outputs() + ".");
            }
            table.weight().decodeRow(token, out.data(), out.offset(row));
        }
        return out;
    }

    @Override
    public Matrix norm(Layer.Norm norm, Matrix x) {
        Matrix out = workspace.matrix(x.rows(), x.cols());
        team.run(
                x.rows(),
                (row, worker) -> kernels.rmsNorm(
                        x.data(), x.offset(row), norm.weight(), norm.eps(), x.cols(), out.data(), out.offset(row)));
        return out;
    }

    @Override
    public Matrix qkvRope(Layer.Attention a, Matrix x) {
        Matrix q = linear(a.query(), x);
        long mark = workspace.mark();
        Matrix k = linear(a.key(), x);
        Matrix v = linear(a.value(), x);
        team.run(x.rows(), (row, worker) -> {
            place(q, row, spec.heads(), a.queryNorm());
            place(k, row, spec.kvHeads(), a.keyNorm());
            int position = batch.position(row);
            SequenceState state = batch.slice(row).state();
            kernels.storeKv(
                    layout.shape(),
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

    /** Norms and rotates the heads of one row. */
    private void place(Matrix m, int row, int heads, Layer.@Nullable Norm norm) {
        for (int h = 0; h < heads; h++) {
            long at = m.offset(row) + (long) h * spec.headDim() * Float.BYTES;
            if (norm != null) {
                kernels.rmsNorm(m.data(), at, norm.weight(), norm.eps(), spec.headDim(), m.data(), at);
            }
            kernels.rope(m.data(), at, rotary, interleaved, rotations, row * ropeTable.bytes());
        }
    }

    @Override
    public Matrix attend(Layer.Attention a, Matrix queries) {
        int kvHeads = spec.kvHeads();
        int group = spec.heads() / kvHeads;
        int dim = spec.headDim();
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
                span(a, queries, pair, task % maxSpans, partial, task * spanBytes);
            });
            team.run(pairs, (pair, worker) -> merge(out, pair, group, partial, (long) pair * maxSpans * spanBytes, a));
        } else {
            team.run(pairs, (pair, worker) -> {
                MemorySegment partial = team.scratch(worker, maxSpans * spanBytes);
                for (int s = firstSpan(a, pair); s <= lastSpan(pair); s++) {
                    span(a, queries, pair, s, partial, s * spanBytes);
                }
                merge(out, pair, group, partial, 0, a);
            });
        }
        return out;
    }

    private int firstSpan(Layer.Attention a, int pair) {
        return from(a, batch.position(pair / spec.kvHeads())) / SPAN;
    }

    private int lastSpan(int pair) {
        return batch.position(pair / spec.kvHeads()) / SPAN;
    }

    /** The first position that is seen from {@code position}. */
    private static int from(Layer.Attention a, int position) {
        return a.window() == 0 ? 0 : Math.max(0, position + 1 - a.window());
    }

    private void span(Layer.Attention a, Matrix queries, int pair, int span, MemorySegment partial, long at) {
        int row = pair / spec.kvHeads();
        int kvHead = pair % spec.kvHeads();
        int group = spec.heads() / spec.kvHeads();
        int position = batch.position(row);
        int from = Math.max(from(a, position), span * SPAN);
        int to = Math.min(position + 1, (span + 1) * SPAN);
        if (from >= to) {
            return;
        }
        kernels.attend(
                layout.shape(),
                kvHead,
                batch.slice(row).state().pages(a.layer()),
                layout.offset(a.layer()),
                from,
                to,
                queries.data(),
                queries.offset(row) + (long) kvHead * group * spec.headDim() * Float.BYTES,
                group,
                scale,
                partial,
                at);
    }

    private void merge(Matrix out, int pair, int group, MemorySegment partial, long at, Layer.Attention a) {
        int row = pair / spec.kvHeads();
        int kvHead = pair % spec.kvHeads();
        long headBytes = (long) (2 + spec.headDim()) * Float.BYTES;
        long spanBytes = group * headBytes;
        int first = firstSpan(a, pair);
        int spans = lastSpan(pair) - first + 1;
        for (int h = 0; h < group; h++) {
            kernels.mergeAttention(
                    partial,
                    at + first * spanBytes + h * headBytes,
                    spanBytes,
                    spans,
                    spec.headDim(),
                    out.data(),
                    out.offset(row) + (long) (kvHead * group + h) * spec.headDim() * Float.BYTES);
        }
    }

    @Override
    public Matrix linear(Linear w, Matrix x) {
        Matrix out = workspace.matrix(x.rows(), w.outputs());
        long mark = workspace.mark();
        multiply(w, x, quantized(w.weight(), x), out);
        workspace.release(mark);
        return out;
    }

    @Override
    public Matrix gatedMlp(Layer.Mlp mlp, Matrix x) {
        Matrix out = workspace.matrix(x.rows(), mlp.down().outputs());
        long mark = workspace.mark();
        Matrix gate = linear(mlp.gate(), x);
        Matrix up = linear(mlp.up(), x);
        team.run(
                x.rows(),
                (row, worker) ->
                        kernels.siluMul(gate.data(), gate.offset(row), up.data(), up.offset(row), gate.cols()));
        multiply(mlp.down(), gate, quantized(mlp.down().weight(), gate), out);
        workspace.release(mark);
        return out;
    }

    @Override
    public Matrix add(Matrix x, Matrix y) {
        team.run(x.rows(), (row, worker) -> kernels.add(x.data(), x.offset(row), y.data(), y.offset(row), x.cols()));
        return x;
    }

    @Override
    public Matrix rows(Matrix x, int[] rows) {
        Matrix out = workspace.matrix(rows.length, x.cols());
        for (int i = 0; i < rows.length; i++) {
            MemorySegment.copy(x.data(), x.offset(rows[i]), out.data(), out.offset(i), (long) x.cols() * Float.BYTES);
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

    private void multiply(Linear linear, Matrix x, MemorySegment quantized, Matrix out) {
        PackedMatrix w = linear.weight();
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
