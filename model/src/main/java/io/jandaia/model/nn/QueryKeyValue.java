package io.jandaia.model.nn;

import io.jandaia.model.arch.AttentionSpec;
import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.arch.RopeSpec;
import io.jandaia.model.state.KvLayout;
import io.jandaia.model.state.SequenceState;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.kernel.KvShape;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The first half of attention: projections, norms of heads, rotary positions, and keys and values on their pages. */
final class QueryKeyValue {

    private final Compute compute;
    private final KvLayout layout;
    private final Map<RopeSpec, Rotations> rotations;

    QueryKeyValue(Compute compute, KvLayout layout, Map<RopeSpec, Rotations> rotations) {
        this.compute = compute;
        this.layout = layout;
        this.rotations = rotations;
    }

    /** Computes queries, and keys and values into the state of the batch's sequences. */
    Matrix of(Layer.Attention a, Matrix x, Batch batch) {
        AttentionSpec spec = a.spec();
        Matrix q = compute.matrix(x.rows(), spec.heads() * spec.headDim());
        long mark = compute.workspace.mark();
        Matrix k = compute.matrix(x.rows(), spec.kvHeads() * spec.headDim());
        Matrix v = compute.matrix(x.rows(), spec.kvHeads() * spec.headDim());
        if (a.inputs().size() == 3) {
            compute.multiply(a.inputs().get(0), x, q);
            compute.multiply(a.inputs().get(1), x, k);
            compute.multiply(a.inputs().get(2), x, v);
        } else {
            Matrix all = compute.linear(a.inputs().getFirst(), x);
            compute.team.run(x.rows(), (row, worker) -> split(spec, all, row, q, k, v));
        }
        compute.team.run(x.rows(), (row, worker) -> {
            place(spec, q, row, spec.heads(), a.queryNorm());
            place(spec, k, row, spec.kvHeads(), a.keyNorm());
            int position = batch.position(row);
            SequenceState state = batch.slice(row).state();
            compute.kernels.storeKv(
                    layout.shape(a.layer()),
                    k.data(),
                    k.offset(row),
                    v.data(),
                    v.offset(row),
                    state.pages(a.layer())[position / KvShape.PAGE],
                    layout.offset(a.layer()),
                    position % KvShape.PAGE);
        });
        compute.workspace.release(mark);
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
