package io.jandaia.model.nn;

import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.kernel.KvShape;
import io.jandaia.tensor.kernel.QueryRows;
import io.jandaia.tensor.kernel.Scoring;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The second half of attention: queries over pages of keys and values, in tiles: some rows of
 * one sequence with the query heads of one key/value head read each page together.
 */
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

    /** Queries of one tile: enough that decoding a page is paid by many, few enough that they stay in the second-level cache. */
    private static final int TILE_QUERIES = 128;

    /** Tasks for each worker below which work is cut finer, so that all have some. */
    private static final int TASKS_PER_WORKER = 4;

    /** Consecutive rows of one sequence. */
    private record Tile(int row, int rows) {}

    /**
     * What every query head sees of its sequence.
     *
     * @param queries {@code [rows, heads * keyDim]}
     * @return {@code [rows, heads * valueDim]}
     */
    Matrix attend(Request a, Matrix queries, Batch batch, Sight sight) {
        Matrix out = compute.matrix(queries.rows(), a.heads * a.pages.shape().valueDim());
        new Call(a, queries, batch, sight, out).run();
        return out;
    }

    /** One layer's attention over one batch. */
    private final class Call {
        private final Request a;
        private final KvShape shape;
        private final int group;
        private final Matrix queries;
        private final Batch batch;
        private final Sight sight;
        private final Matrix out;
        private final List<Tile> tiles;
        private final long scratchBytes;
        /** Of the partial results of one tile and span. */
        private final long spanBytes;

        Call(Request a, Matrix queries, Batch batch, Sight sight, Matrix out) {
            this.a = a;
            this.shape = a.pages.shape();
            this.group = a.heads / shape.kvHeads();
            this.queries = queries;
            this.batch = batch;
            this.sight = sight;
            this.out = out;
            int rows = Math.max(1, TILE_QUERIES / group);
            int wanted = TASKS_PER_WORKER * compute.team.size();
            while (rows > 1 && (long) batch.size() * shape.kvHeads() < (long) rows * wanted) {
                rows /= 2;
            }
            tiles = tiles(rows);
            scratchBytes = (compute.kernels.attendScratchBytes(shape, rows * group) + 63) / 64 * 64;
            spanBytes = (long) rows * group * shape.partialBytes();
        }

        private List<Tile> tiles(int rows) {
            List<Tile> all = new ArrayList<>();
            for (Batch.Slice s : batch.slices()) {
                for (int row = 0; row < s.count(); row += rows) {
                    all.add(new Tile(s.row() + row, Math.min(rows, s.count() - row)));
                }
            }
            return all;
        }

        void run() {
            int tasks = tiles.size() * shape.kvHeads();
            int mostSpans = 0;
            for (Tile t : tiles) {
                mostSpans = Math.max(mostSpans, lastSpan(t) - firstSpan(t) + 1);
            }
            if (mostSpans > 1 && tasks < TASKS_PER_WORKER * compute.team.size()) {
                spansApart(tasks, mostSpans);
                return;
            }
            long bytes = scratchBytes + mostSpans * spanBytes;
            compute.team.run(tasks, (task, worker) -> {
                // Tiles of one head follow each other, as they read the same pages; the last ones, which see most, come
                // first.
                Tile tile = tiles.get(tiles.size() - 1 - task % tiles.size());
                int kvHead = task / tiles.size();
                MemorySegment scratch = compute.team.scratch(worker, bytes);
                MemorySegment partial = scratch.asSlice(scratchBytes);
                int first = firstSpan(tile);
                for (int s = first; s <= lastSpan(tile); s++) {
                    span(tile, kvHead, s, partial, (s - first) * spanBytes, scratch);
                }
                merge(tile, kvHead, partial, 0);
            });
        }

        /** Few queries, many positions: the spans of one tile go to several workers. */
        private void spansApart(int tasks, int spans) {
            MemorySegment partial = compute.workspace.take((long) tasks * spans * spanBytes);
            compute.team.run(tasks * spans, (part, worker) -> {
                Tile tile = tiles.get(part / spans / shape.kvHeads());
                int kvHead = part / spans % shape.kvHeads();
                MemorySegment scratch = compute.team.scratch(worker, scratchBytes);
                span(tile, kvHead, firstSpan(tile) + part % spans, partial, part * spanBytes, scratch);
            });
            compute.team.run(tasks, (task, worker) -> {
                Tile tile = tiles.get(task / shape.kvHeads());
                merge(tile, task % shape.kvHeads(), partial, (long) task * spans * spanBytes);
            });
        }

        private int firstSpan(Tile tile) {
            int first = Integer.MAX_VALUE;
            for (int r = 0; r < tile.rows; r++) {
                first = Math.min(first, sight.firstSpan(tile.row + r));
            }
            return first;
        }

        private int lastSpan(Tile tile) {
            int last = 0;
            for (int r = 0; r < tile.rows; r++) {
                last = Math.max(last, sight.lastSpan(tile.row + r));
            }
            return last;
        }

        private void span(Tile tile, int kvHead, int span, MemorySegment partial, long at, MemorySegment scratch) {
            int[] from = new int[tile.rows];
            int[] to = new int[tile.rows];
            long[] biasAt = new long[tile.rows];
            BiasRows biases = a.biases;
            for (int r = 0; r < tile.rows; r++) {
                int row = tile.row + r;
                int end = (span + 1) * SPAN;
                from[r] = Math.clamp(sight.from.applyAsInt(row), span * SPAN, end);
                to[r] = Math.clamp(sight.to.applyAsInt(row), from[r], end);
                if (biases != null) {
                    biasAt[r] = biases.at(kvHead * group, batch.position(row), from[r]);
                }
            }
            QueryRows rows = new QueryRows(
                    queries.data(),
                    queries.offset(tile.row) + (long) kvHead * group * shape.keyDim() * Float.BYTES,
                    (long) queries.cols() * Float.BYTES,
                    group,
                    from,
                    to,
                    biases == null ? MemorySegment.NULL : biases.memory(),
                    biasAt,
                    biases == null ? 0 : biases.stride());
            MemorySegment[] pages = a.pages.ofRow().apply(tile.row);
            compute.kernels.attend(shape, kvHead, pages, a.pages.offset(), rows, a.scoring, partial, at, scratch);
        }

        private void merge(Tile tile, int kvHead, MemorySegment partial, long at) {
            float[] sinks = a.sinks;
            for (int r = 0; r < tile.rows; r++) {
                int row = tile.row + r;
                long rowAt = at
                        + (sight.firstSpan(row) - firstSpan(tile)) * spanBytes
                        + (long) r * group * shape.partialBytes();
                for (int h = 0; h < group; h++) {
                    int head = kvHead * group + h;
                    compute.kernels.mergeAttention(
                            partial,
                            rowAt + h * shape.partialBytes(),
                            spanBytes,
                            sight.lastSpan(row) - sight.firstSpan(row) + 1,
                            sinks == null ? Float.NEGATIVE_INFINITY : sinks[head],
                            shape.valueDim(),
                            out.data(),
                            out.offset(row) + (long) head * shape.valueDim() * Float.BYTES);
                }
            }
        }
    }
}
