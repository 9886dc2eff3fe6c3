package io.jandaia.model.nn;

import io.jandaia.model.arch.AttentionSpec;
import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.arch.RopeSpec;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.kernel.KvShape;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The first half of attention: projections, norms of heads, rotary positions, and keys and values on their pages. */
final class QueryKeyValue {

    private final Compute compute;
    private final Map<RopeSpec, Rotations> rotations;

    QueryKeyValue(Compute compute, Map<RopeSpec, Rotations> rotations) {
        this.compute = compute;
        this.rotations = rotations;
    }

    /** Computes queries, and keys and values into pages. */
    Matrix of(Layer.Attention a, Matrix x, Batch batch, KvPages pages) {
        AttentionSpec spec = a.spec();
        Matrix q = compute.matrix(x.rows(), spec.heads() * spec.headDim());
        long mark = compute.workspace.mark();
        Matrix k = compute.matrix(x.rows(), spec.kvHeads() * spec.headDim());
        Matrix v = compute.matrix(x.rows(), spec.kvHeads() * spec.headDim());
        if (a.inputs().size() == 3) {
            compute.multiply(a.inputs(), x, List.of(q, k, v));
        } else {
            Matrix all = compute.linear(a.inputs().getFirst(), x);
            compute.team.run(x.rows(), (row, worker) -> split(spec, all, row, q, k, v));
        }
        compute.team.run(x.rows(), (row, worker) -> {
            place(spec, q, row, spec.heads(), a.queryNorm());
            place(spec, k, row, spec.kvHeads(), a.keyNorm());
            store(k, v, row, batch.position(row), pages);
        });
        compute.workspace.release(mark);
        return q;
    }

    /** Computes the keys and values of hidden states that others will look at, into pages. */
    void keysAndValues(Layer.Attention a, Matrix x, Batch batch, KvPages pages) {
        long mark = compute.workspace.mark();
        Matrix k = compute.linear(a.inputs().get(1), x);
        Matrix v = compute.linear(a.inputs().get(2), x);
        compute.team.run(x.rows(), (row, worker) -> store(k, v, row, batch.position(row), pages));
        compute.workspace.release(mark);
    }

    private void store(Matrix k, Matrix v, int row, int position, KvPages pages) {
        compute.kernels.storeKv(
                pages.shape(),
                k.data(),
                k.offset(row),
                v.data(),
                v.offset(row),
                pages.page(row, position),
                pages.offset(),
                position % KvShape.PAGE);
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
                r.rotate(compute, row, m.data(), m.offset(row) + (long) h * spec.headDim() * Float.BYTES);
            }
        }
        if (norm != null && late) {
            normHeads(spec, m, row, heads, norm);
        }
    }

    private void normHeads(AttentionSpec spec, Matrix m, int row, int heads, Layer.Norm norm) {
        HeadNorm.Span span = Objects.requireNonNull(spec.headNorm()).span();
        if (span == HeadNorm.Span.WHOLE) {
            compute.norm(norm, norm.weight(), m.cols(), m.data(), m.offset(row), m.data(), m.offset(row));
            return;
        }
        long bytes = (long) spec.headDim() * Float.BYTES;
        for (int h = 0; h < heads; h++) {
            MemorySegment weight = span == HeadNorm.Span.EACH ? norm.weight().asSlice(h * bytes, bytes) : norm.weight();
            long at = m.offset(row) + h * bytes;
            compute.norm(norm, weight, spec.headDim(), m.data(), at, m.data(), at);
        }
    }
}
