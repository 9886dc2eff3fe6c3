package io.jandaia.model.nn;

import io.jandaia.model.state.KvLayout;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.kernel.KvShape;
import io.jandaia.tensor.kernel.Scoring;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The second half of attention: queries over pages of keys and values, split over rows, heads and spans of positions. */
final class PagedAttention {

    /** Positions in one span of attention; spans start at multiples of this and are joined in order. */
    static final int SPAN = 16 * KvShape.PAGE;

    /**
     * What is asked of one layer.
     *
     * @param heads of queries
     * @param window positions that are seen; 0 = all
     * @param sinks per head, the score of seeing nothing; null = none
     */
    record Request(
            int layer,
            int heads,
            KvShape shape,
            Scoring scoring,
            int window,
            @Nullable AlibiTable alibi,
            float @Nullable [] sinks) {}

    private final Compute compute;
    private final KvLayout layout;

    PagedAttention(Compute compute, KvLayout layout) {
        this.compute = compute;
        this.layout = layout;
    }

    /**
     * What every query head sees of its sequence.
     *
     * @param queries {@code [rows, heads * keyDim]}
     * @return {@code [rows, heads * valueDim]}
     */
    Matrix attend(Request a, Matrix queries, Batch batch) {
        int kvHeads = a.shape().kvHeads();
        int group = a.heads() / kvHeads;
        int dim = a.shape().valueDim();
        Matrix out = compute.matrix(queries.rows(), a.heads() * dim);
        long headBytes = (long) (2 + dim) * Float.BYTES;
        long spanBytes = group * headBytes;
        int spans = 0;
        for (Batch.Slice s : batch.slices()) {
            spans = Math.max(spans, (s.position() + s.count() - 1) / SPAN + 1);
        }
        int maxSpans = spans;
        int pairs = queries.rows() * kvHeads;
        if (maxSpans > 1 && pairs < 4 * compute.team.size()) {
            // Few queries, many positions: the spans of one query go to several workers.
            MemorySegment partial = compute.workspace.take((long) pairs * maxSpans * spanBytes);
            compute.team.run(pairs * maxSpans, (task, worker) -> {
                int pair = task / maxSpans;
                span(a, batch, queries, pair, task % maxSpans, partial, task * spanBytes);
            });
            compute.team.run(
                    pairs,
                    (pair, worker) -> merge(batch, out, pair, group, partial, (long) pair * maxSpans * spanBytes, a));
        } else {
            compute.team.run(pairs, (pair, worker) -> {
                MemorySegment partial = compute.team.scratch(worker, maxSpans * spanBytes);
                for (int s = firstSpan(a, batch, pair); s <= lastSpan(a, batch, pair); s++) {
                    span(a, batch, queries, pair, s, partial, s * spanBytes);
                }
                merge(batch, out, pair, group, partial, 0, a);
            });
        }
        return out;
    }

    private static int firstSpan(Request a, Batch batch, int pair) {
        return from(a, batch.position(pair / a.shape().kvHeads())) / SPAN;
    }

    private static int lastSpan(Request a, Batch batch, int pair) {
        return batch.position(pair / a.shape().kvHeads()) / SPAN;
    }

    /** The first position that is seen from {@code position}. */
    private static int from(Request a, int position) {
        return a.window() == 0 ? 0 : Math.max(0, position + 1 - a.window());
    }

    private void span(Request a, Batch batch, Matrix queries, int pair, int span, MemorySegment partial, long at) {
        int kvHeads = a.shape().kvHeads();
        int row = pair / kvHeads;
        int kvHead = pair % kvHeads;
        int group = a.heads() / kvHeads;
        int position = batch.position(row);
        int from = Math.max(from(a, position), span * SPAN);
        int to = Math.min(position + 1, (span + 1) * SPAN);
        if (from >= to) {
            return;
        }
        AlibiTable alibi = a.alibi();
        compute.kernels.attend(
                a.shape(),
                kvHead,
                batch.slice(row).state().pages(a.layer()),
                layout.offset(a.layer()),
                from,
                to,
                queries.data(),
                queries.offset(row) + (long) kvHead * group * a.shape().keyDim() * Float.BYTES,
                group,
                a.scoring(),
                alibi == null ? MemorySegment.NULL : alibi.memory(),
                alibi == null ? 0 : alibi.at(kvHead * group, position, from),
                alibi == null ? 0 : alibi.stride(),
                partial,
                at);
    }

    private void merge(Batch batch, Matrix out, int pair, int group, MemorySegment partial, long at, Request a) {
        int kvHeads = a.shape().kvHeads();
        int dim = a.shape().valueDim();
        int row = pair / kvHeads;
        int kvHead = pair % kvHeads;
        long headBytes = (long) (2 + dim) * Float.BYTES;
        long spanBytes = group * headBytes;
        int first = firstSpan(a, batch, pair);
        int spans = lastSpan(a, batch, pair) - first + 1;
        float[] sinks = a.sinks();
        for (int h = 0; h < group; h++) {
            int head = kvHead * group + h;
            compute.kernels.mergeAttention(
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
}
