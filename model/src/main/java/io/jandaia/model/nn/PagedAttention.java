package io.jandaia.model.nn;

import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.kernel.KvShape;
import io.jandaia.tensor.kernel.Scoring;
import java.lang.foreign.MemorySegment;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** The second half of attention: queries over pages of keys and values, split over rows, heads and spans of positions. */
final class PagedAttention {

    /** Positions in one span of attention; spans start at multiples of this and are joined in order. */
    static final int SPAN = 16 * KvShape.PAGE;

    /**
     * What is asked of one layer.
     *
     * @param heads of queries
     * @param sinks per head, the score of seeing nothing; null = none
     */
    record Request(
            int heads,
            KvPages pages,
            Scoring scoring,
            @Nullable BiasRows biases,
            float @Nullable [] sinks) {}

    /** Which positions {@code [from, to)} a row sees. */
    record Sight(IntUnaryOperator from, IntUnaryOperator to) {

        /** Itself and those before it, at most {@code window}; 0 = all. */
        static Sight past(Batch batch, int window) {
            return new Sight(
                    row -> window == 0 ? 0 : Math.max(0, batch.position(row) + 1 - window),
                    row -> batch.position(row) + 1);
        }

        /** All of the row's text, or those at most {@code window} away. */
        static Sight around(Batch batch, int window) {
            return new Sight(row -> window == 0 ? 0 : Math.max(0, batch.position(row) - window), row -> {
                int length = batch.slice(row).count();
                return window == 0 ? length : Math.min(length, batch.position(row) + window + 1);
            });
        }

        /** All of another sequence. */
        static Sight source(Batch batch) {
            return new Sight(row -> 0, row -> KvPages.source(batch, row).length());
        }

        private int firstSpan(int row) {
            return from.applyAsInt(row) / SPAN;
        }

        private int lastSpan(int row) {
            return (to.applyAsInt(row) - 1) / SPAN;
        }
    }

    private final Compute compute;

    PagedAttention(Compute compute) {
        this.compute = compute;
    }

    /**
     * What every query head sees of its sequence.
     *
     * @param queries {@code [rows, heads * keyDim]}
     * @return {@code [rows, heads * valueDim]}
     */
    Matrix attend(Request a, Matrix queries, Batch batch, Sight sight) {
        KvShape shape = a.pages.shape();
        int kvHeads = shape.kvHeads();
        int group = a.heads / kvHeads;
        int dim = shape.valueDim();
        Matrix out = compute.matrix(queries.rows(), a.heads * dim);
        long headBytes = (long) (2 + dim) * Float.BYTES;
        long spanBytes = group * headBytes;
        int spans = 0;
        for (int row = 0; row < batch.size(); row++) {
            spans = Math.max(spans, sight.lastSpan(row) + 1);
        }
        int maxSpans = spans;
        int pairs = queries.rows() * kvHeads;
        if (maxSpans > 1 && pairs < 4 * compute.team.size()) {
            // Few queries, many positions: the spans of one query go to several workers.
            MemorySegment partial = compute.workspace.take((long) pairs * maxSpans * spanBytes);
            compute.team.run(pairs * maxSpans, (task, worker) -> {
                int pair = task / maxSpans;
                span(a, batch, sight, queries, pair, task % maxSpans, partial, task * spanBytes);
            });
            compute.team.run(
                    pairs, (pair, worker) -> merge(a, sight, out, pair, partial, (long) pair * maxSpans * spanBytes));
        } else {
            compute.team.run(pairs, (pair, worker) -> {
                MemorySegment partial = compute.team.scratch(worker, maxSpans * spanBytes);
                int row = pair / kvHeads;
                for (int s = sight.firstSpan(row); s <= sight.lastSpan(row); s++) {
                    span(a, batch, sight, queries, pair, s, partial, s * spanBytes);
                }
                merge(a, sight, out, pair, partial, 0);
            });
        }
        return out;
    }

    private void span(
            Request a, Batch batch, Sight sight, Matrix queries, int pair, int span, MemorySegment partial, long at) {
        KvShape shape = a.pages.shape();
        int row = pair / shape.kvHeads();
        int kvHead = pair % shape.kvHeads();
        int group = a.heads / shape.kvHeads();
        int from = Math.max(sight.from.applyAsInt(row), span * SPAN);
        int to = Math.min(sight.to.applyAsInt(row), (span + 1) * SPAN);
        if (from >= to) {
            return;
        }
        BiasRows biases = a.biases;
        compute.kernels.attend(
                shape,
                kvHead,
                a.pages.ofRow().apply(row),
                a.pages.offset(),
                from,
                to,
                queries.data(),
                queries.offset(row) + (long) kvHead * group * shape.keyDim() * Float.BYTES,
                group,
                a.scoring,
                biases == null ? MemorySegment.NULL : biases.memory(),
                biases == null ? 0 : biases.at(kvHead * group, batch.position(row), from),
                biases == null ? 0 : biases.stride(),
                partial,
                at);
    }

    private void merge(Request a, Sight sight, Matrix out, int pair, MemorySegment partial, long at) {
        int kvHeads = a.pages.shape().kvHeads();
        int dim = a.pages.shape().valueDim();
        int group = a.heads / kvHeads;
        int row = pair / kvHeads;
        int kvHead = pair % kvHeads;
        long headBytes = (long) (2 + dim) * Float.BYTES;
        long spanBytes = group * headBytes;
        int first = sight.firstSpan(row);
        int spans = sight.lastSpan(row) - first + 1;
        float[] sinks = a.sinks;
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
