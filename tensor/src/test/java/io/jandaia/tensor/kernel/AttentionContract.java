package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.Numerics;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Attention over pages, in every kernel set and type of keys and values, against float64 loops written here. */
abstract class AttentionContract {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final float NO_SINK = Float.NEGATIVE_INFINITY;
    private static final long PAGE_AT = 192;

    final Kernels kernels = kernels();
    private final Random random = new Random(20_261_126);
    private Arena arena;

    abstract Kernels kernels();

    Numerics numerics() {
        return Numerics.EXACT;
    }

    private final Scoring scoring = scoring(0.3f, 0);

    final Scoring scoring(float scale, float cap) {
        return new Scoring(scale, cap, numerics());
    }

    /** Whether numbers are multiplied as pairs of BF16. */
    private boolean pairs(KvShape shape, Extra extra) {
        return numerics() == Numerics.FAST
                && shape.type() != KvType.F32
                && shape.keyDim() % 32 == 0
                && extra.cap == 0
                && extra.bias.length == 0;
    }

    @BeforeEach
    @SuppressWarnings("MustBeClosedChecker") // closed after each test
    void open() {
        arena = Arena.ofShared();
    }

    @AfterEach
    void close() {
        arena.close();
    }

    static Stream<KvShape> shapes() {
        int[][] shapes = {
            {1, 1, 1},
            {2, 8, 8},
            {3, 33, 17},
            {2, 64, 64},
            {1, 128, 128},
            {2, 192, 128},
            {1, 80, 80},
            {1, 70, 48},
            {1, 256, 256},
            {1, 96, 16}
        };
        return Arrays.stream(KvType.values())
                .flatMap(type -> Arrays.stream(shapes).map(s -> new KvShape(s[0], s[1], s[2], type)));
    }

    // ---- what is expected ----

    /** Pages and what their numbers decode to, {@code [position][head][dim]}. */
    private record Cache(KvShape shape, MemorySegment[] pages, float[][][] keys, float[][][] values) {}

    private Cache cache(KvShape shape, int positions) {
        MemorySegment[] pages = new MemorySegment[(positions + KvShape.PAGE - 1) / KvShape.PAGE];
        for (int p = 0; p < pages.length; p++) {
            pages[p] = arena.allocate(PAGE_AT + shape.pageBytes() + 64, 64);
        }
        Cache cache = new Cache(shape, pages, new float[positions][][], new float[positions][][]);
        for (int t = 0; t < positions; t++) {
            MemorySegment key = randomFloats(shape.kvHeads() * shape.keyDim() + 1);
            MemorySegment value = randomFloats(shape.kvHeads() * shape.valueDim() + 1);
            cache.keys[t] = heads(shape, key, shape.keyDim());
            cache.values[t] = heads(shape, value, shape.valueDim());
            kernels.storeKv(shape, key, 4, value, 4, pages[t / KvShape.PAGE], PAGE_AT, t % KvShape.PAGE);
        }
        for (MemorySegment page : pages) {
            assertThat(page.asSlice(0, PAGE_AT).mismatch(floats(48)))
                    .as("before the page")
                    .isEqualTo(-1);
            assertThat(page.asSlice(page.byteSize() - 64).mismatch(floats(16)))
                    .as("after the page")
                    .isEqualTo(-1);
        }
        return cache;
    }

    private static float[][] heads(KvShape shape, MemorySegment m, int dim) {
        float[][] out = new float[shape.kvHeads()][];
        for (int h = 0; h < out.length; h++) {
            out[h] = array(m, 4 + (long) h * dim * 4, dim);
            round(shape.type(), out[h]);
        }
        return out;
    }

    /** What the numbers of one head become in a page. */
    private static void round(KvType type, float[] x) {
        for (int i = 0; i < x.length; i++) {
            switch (type) {
                case F32 -> {}
                case F16 -> x[i] = Float.float16ToFloat(Float.floatToFloat16(x[i]));
                case BF16 -> {
                    float up = Float.intBitsToFloat((Float.floatToRawIntBits(x[i]) & 0xFFFF0000) + 0x10000);
                    float down = Float.intBitsToFloat(Float.floatToRawIntBits(x[i]) & 0xFFFF0000);
                    double above = Math.abs((double) up - x[i]);
                    double below = Math.abs((double) down - x[i]);
                    boolean downIsEven = (Float.floatToRawIntBits(down) & 0x10000) == 0;
                    x[i] = above < below || (above == below && !downIsEven) ? up : down;
                }
                case Q8 -> {
                    if (i % 32 == 0) {
                        int end = Math.min(i + 32, x.length);
                        float max = 0;
                        for (int k = i; k < end; k++) {
                            max = Math.max(max, Math.abs(x[k]));
                        }
                        for (int k = i; k < end; k++) {
                            x[k] = (float) Math.rint(x[k] * (127 / max)) * (max / 127);
                        }
                    }
                }
            }
        }
    }

    /** A bias of every head and position, or none. */
    private record Extra(float cap, float sink, float[][] bias) {
        static final Extra NONE = new Extra(0, NO_SINK, new float[0][]);
    }

    private double[] expected(Cache c, int kvHead, int from, int to, float[] q, float scale, Extra extra, int head) {
        boolean pairs = pairs(c.shape, extra);
        double[] scores = new double[to - from];
        double max = extra.sink;
        for (int t = from; t < to; t++) {
            double score = 0;
            for (int d = 0; d < q.length; d++) {
                score += rounded(q[d], pairs) * rounded(c.keys[t][kvHead][d], pairs);
            }
            score *= scale;
            score = extra.cap > 0 ? extra.cap * Math.tanh(score / extra.cap) : score;
            scores[t - from] = score + (extra.bias.length == 0 ? 0 : extra.bias[head][t]);
            max = Math.max(max, scores[t - from]);
        }
        double sum = Math.exp(extra.sink - max);
        double[] out = new double[c.shape.valueDim()];
        for (int t = from; t < to; t++) {
            double weight = Math.exp(scores[t - from] - max);
            sum += weight;
            for (int i = 0; i < out.length; i++) {
                out[i] += weight * rounded(c.values[t][kvHead][i], pairs);
            }
        }
        for (int i = 0; i < out.length; i++) {
            out[i] /= sum;
        }
        return out;
    }

    private static double rounded(float x, boolean pairs) {
        if (!pairs) {
            return x;
        }
        float[] one = {x};
        round(KvType.BF16, one);
        return one[0];
    }

    // ---- what is computed ----

    /** Rows of queries, {@code [rows][heads][keyDim]} with a gap between rows. */
    private record Queries(MemorySegment memory, int rows, int heads, int keyDim) {
        long stride() {
            return ((long) heads * keyDim + 3) * 4;
        }

        QueryRows see(int[] from, int[] to) {
            return new QueryRows(memory, 4, stride(), heads, from, to);
        }

        QueryRows row(int row, int from, int to) {
            return new QueryRows(memory, 4 + row * stride(), stride(), heads, new int[] {from}, new int[] {to});
        }

        float[] query(int row, int head) {
            return array(memory, 4 + row * stride() + (long) head * keyDim * 4, keyDim);
        }
    }

    private Queries queries(int rows, int heads, int keyDim) {
        return new Queries(randomFloats(1 + rows * (heads * keyDim + 3)), rows, heads, keyDim);
    }

    private MemorySegment scratch(KvShape shape, QueryRows rows) {
        MemorySegment scratch = arena.allocate(kernels.attendScratchBytes(shape, rows.rows() * rows.heads()), 64);
        scratch.fill((byte) 0xFF); // not numbers
        return scratch;
    }

    /** Partial results, {@code [rows, heads]}; what lies around them must stay. */
    private MemorySegment attend(Cache c, int kvHead, QueryRows rows, Scoring scoring) {
        long bytes = (long) rows.rows() * rows.heads() * c.shape.partialBytes();
        MemorySegment partial = arena.allocate(bytes + 128, 64);
        partial.fill((byte) 0x55);
        kernels.attend(c.shape, kvHead, c.pages, PAGE_AT, rows, scoring, partial, 64, scratch(c.shape, rows));
        for (long i = 0; i < 64; i++) {
            assertThat(partial.get(ValueLayout.JAVA_BYTE, i)).isEqualTo((byte) 0x55);
            assertThat(partial.get(ValueLayout.JAVA_BYTE, bytes + 64 + i)).isEqualTo((byte) 0x55);
        }
        return partial.asSlice(64, bytes);
    }

    private float[] merge(KvShape shape, MemorySegment partial, long at, int spans, long stride, float sink) {
        MemorySegment out = floats(shape.valueDim() + 2);
        kernels.mergeAttention(partial, at, stride, spans, sink, shape.valueDim(), out, 4);
        assertThat(out.get(FLOAT, 0)).isZero();
        assertThat(out.get(FLOAT, 4L + shape.valueDim() * 4L)).isZero();
        return array(out, 4, shape.valueDim());
    }

    private void close(KvShape shape, float[] found, double[] expected, String what, Object... details) {
        close(shape, Extra.NONE, found, expected, what, details);
    }

    private void close(KvShape shape, Extra extra, float[] found, double[] expected, String what, Object... details) {
        // As BF16, weights err by up to 1 / 512 of themselves; values are up to about 4.
        double tolerance = pairs(shape, extra) ? 8e-3 : 5e-6;
        for (int i = 0; i < found.length; i++) {
            assertThat((double) found[i]).as(what + ", number " + i, details).isCloseTo(expected[i], within(tolerance));
        }
    }

    // ---- tests ----

    @ParameterizedTest
    @MethodSource("shapes")
    void attentionIsRight(KvShape shape) {
        Cache cache = cache(shape, 101);
        Queries q = queries(1, 3, shape.keyDim());
        float scale = (float) (1 / Math.sqrt(shape.keyDim()));
        int[][] spans = {{0, 1}, {0, 31}, {0, 32}, {0, 33}, {0, 101}, {5, 6}, {17, 64}, {31, 33}, {40, 101}, {64, 96}};
        for (int[] span : spans) {
            for (int kvHead = 0; kvHead < shape.kvHeads(); kvHead++) {
                MemorySegment partial = attend(cache, kvHead, q.row(0, span[0], span[1]), scoring(scale, 0));
                for (int h = 0; h < 3; h++) {
                    float[] found = merge(shape, partial, h * shape.partialBytes(), 1, 0, NO_SINK);
                    double[] expected = expected(cache, kvHead, span[0], span[1], q.query(0, h), scale, Extra.NONE, h);
                    close(shape, found, expected, "positions %d to %d, head %d", span[0], span[1], h);
                }
            }
        }
    }

    /** Whatever rows and heads are computed together, a row's partial results have the same bits. */
    @ParameterizedTest
    @MethodSource("shapes")
    void aRowIsTheSameAloneAndInATile(KvShape shape) {
        Cache cache = cache(shape, 130);
        for (int heads : new int[] {1, 3, 8}) {
            int rows = 11;
            Queries q = queries(rows, heads, shape.keyDim());
            int[][] froms = {new int[rows], new int[rows], new int[rows]};
            int[][] tos = {new int[rows], new int[rows], new int[rows]};
            for (int r = 0; r < rows; r++) {
                tos[0][r] = 95 + r; // a prompt's
                froms[1][r] = 27 + r; // a window's
                tos[1][r] = 91 + r;
                froms[2][r] = 64; // a span's that some do not reach
                tos[2][r] = r < 6 ? 64 : 125;
            }
            for (int i = 0; i < froms.length; i++) {
                MemorySegment together = attend(cache, 0, q.see(froms[i], tos[i]), scoring);
                for (int r = 0; r < rows; r++) {
                    MemorySegment alone = attend(cache, 0, q.row(r, froms[i][r], tos[i][r]), scoring);
                    MemorySegment of = together.asSlice(r * alone.byteSize(), alone.byteSize());
                    assertThat(of.mismatch(alone))
                            .as("row %d of %d heads, case %d", r, heads, i)
                            .isEqualTo(-1);
                    Queries one = new Queries(q.memory, rows, 1, shape.keyDim());
                    QueryRows last = new QueryRows(
                            one.memory,
                            4 + r * q.stride() + (heads - 1L) * shape.keyDim() * 4,
                            0,
                            1,
                            new int[] {froms[i][r]},
                            new int[] {tos[i][r]});
                    assertThat(attend(cache, 0, last, scoring)
                                    .mismatch(alone.asSlice((heads - 1) * shape.partialBytes())))
                            .as("the last head of row %d", r)
                            .isEqualTo(-1);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void rowsOfATileAreRight(KvShape shape) {
        Cache cache = cache(shape, 130);
        int rows = 9;
        Queries q = queries(rows, 2, shape.keyDim());
        int[] from = new int[rows];
        int[] to = new int[rows];
        for (int r = 0; r < rows; r++) {
            from[r] = Math.max(0, 3 * r - 4);
            to[r] = 90 + r;
        }
        float scale = (float) (1 / Math.sqrt(shape.keyDim()));
        MemorySegment partial = attend(cache, 0, q.see(from, to), scoring(scale, 0));
        for (int r = 0; r < rows; r++) {
            for (int h = 0; h < 2; h++) {
                float[] found = merge(shape, partial, (2L * r + h) * shape.partialBytes(), 1, 0, NO_SINK);
                double[] expected = expected(cache, 0, from[r], to[r], q.query(r, h), scale, Extra.NONE, h);
                close(shape, found, expected, "row %d, head %d", r, h);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void spansAreMergedInOrder(KvShape shape) {
        Cache cache = cache(shape, 140);
        Queries q = queries(1, 2, shape.keyDim());
        float scale = (float) (1 / Math.sqrt(shape.keyDim()));
        long stride = 2 * shape.partialBytes();
        MemorySegment partial = arena.allocate(3 * stride, 64);
        int[] ends = {10, 64, 128, 140};
        for (int s = 0; s < 3; s++) {
            MemorySegment part = attend(cache, 0, q.row(0, ends[s], ends[s + 1]), scoring(scale, 0));
            MemorySegment.copy(part, 0, partial, s * stride, stride);
        }
        for (int h = 0; h < 2; h++) {
            float[] found = merge(shape, partial, h * shape.partialBytes(), 3, stride, NO_SINK);
            close(shape, found, expected(cache, 0, 10, 140, q.query(0, h), scale, Extra.NONE, h), "head %d", h);
        }
    }

    /** Slots beyond the span hold what a sequence that was cut back has left there, or what later tokens have written. */
    @ParameterizedTest
    @MethodSource("shapes")
    void whatIsNotSeenMayBeAnything(KvShape shape) {
        Cache cache = cache(shape, 70);
        Queries q = queries(5, 4, shape.keyDim());
        int[] from = {0, 0, 1, 2, 3};
        int[] to = {48, 50, 32, 50, 49};
        MemorySegment before = attend(cache, 0, q.see(from, to), scoring);
        int n = shape.kvHeads() * Math.max(shape.keyDim(), shape.valueDim());
        MemorySegment junk = floats(n);
        for (int i = 0; i < n; i++) {
            junk.setAtIndex(FLOAT, i, i % 3 == 0 ? 1e30f : i % 3 == 1 ? Float.NaN : Float.NEGATIVE_INFINITY);
        }
        for (int t = 50; t < 64; t++) {
            kernels.storeKv(shape, junk, 0, junk, 0, cache.pages[1], PAGE_AT, t % KvShape.PAGE);
        }
        assertThat(attend(cache, 0, q.see(from, to), scoring).mismatch(before)).isEqualTo(-1);
        // One row of the tile sees what the others must not notice.
        int[] further = {48, 51, 32, 50, 49};
        MemorySegment after = attend(cache, 0, q.see(from, further), scoring);
        long rowBytes = 4 * shape.partialBytes();
        for (int r : new int[] {0, 2, 3, 4}) {
            assertThat(after.asSlice(r * rowBytes, rowBytes).mismatch(before.asSlice(r * rowBytes, rowBytes)))
                    .as("row %d", r)
                    .isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @EnumSource(KvType.class)
    void aNumberThatIsNotOneIsNotLost(KvType type) {
        KvShape shape = new KvShape(1, 64, 64, type);
        for (boolean inKey : new boolean[] {true, false}) {
            Cache cache = cache(shape, 40);
            MemorySegment key = randomFloats(64);
            MemorySegment value = randomFloats(64);
            (inKey ? key : value).setAtIndex(FLOAT, 5, Float.NaN);
            kernels.storeKv(shape, key, 0, value, 0, cache.pages[1], PAGE_AT, 3);
            MemorySegment partial = attend(cache, 0, queries(1, 1, 64).row(0, 0, 40), scoring);
            assertThat(merge(shape, partial, 0, 1, 0, NO_SINK)[5]).isNaN();
        }
    }

    /** Scores of some thousands have errors of some ten-thousandths, which become those of weights. */
    @ParameterizedTest
    @EnumSource(KvType.class)
    void largeScores(KvType type) {
        KvShape shape = new KvShape(1, 32, 32, type);
        Cache cache = cache(shape, 170);
        for (int i = 0; i < 20; i++) {
            Queries q = queries(1, 5, 32);
            MemorySegment partial = attend(cache, 0, q.row(0, 0, 170), scoring(500, 0));
            for (int h = 0; h < 5; h++) {
                float[] found = merge(shape, partial, h * shape.partialBytes(), 1, 0, NO_SINK);
                double[] expected = expected(cache, 0, 0, 170, q.query(0, h), 500, Extra.NONE, h);
                double tolerance = pairs(shape, Extra.NONE) ? 1.3e-2 : 5e-3;
                for (int d = 0; d < 32; d++) {
                    assertThat((double) found[d]).isCloseTo(expected[d], within(tolerance));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(KvType.class)
    void capBiasAndSink(KvType type) {
        for (KvShape shape : new KvShape[] {new KvShape(2, 24, 20, type), new KvShape(2, 64, 64, type)}) {
            int positions = 75;
            Cache cache = cache(shape, positions);
            Queries q = queries(3, 2, shape.keyDim());
            MemorySegment memory = randomFloats(1 + 2 * positions);
            float[][] bias = {array(memory, 4, positions), array(memory, 4 + positions * 4L, positions)};
            int[] from = {3, 3, 35};
            int[] to = {70, 71, 75};
            long[] biasAt = {4 + 3 * 4L, 4 + 3 * 4L, 4 + 35 * 4L};
            for (float cap : new float[] {0, 2}) {
                for (float sink : new float[] {NO_SINK, 1.5f}) {
                    for (boolean biased : new boolean[] {false, true}) {
                        QueryRows plain = q.see(from, to);
                        QueryRows rows = !biased
                                ? plain
                                : new QueryRows(
                                        plain.q(),
                                        plain.at(),
                                        plain.stride(),
                                        2,
                                        from,
                                        to,
                                        memory,
                                        biasAt,
                                        positions * 4L);
                        Extra extra = new Extra(cap, sink, biased ? bias : new float[0][]);
                        MemorySegment partial = attend(cache, 1, rows, scoring(0.7f, cap));
                        for (int r = 0; r < 3; r++) {
                            for (int h = 0; h < 2; h++) {
                                long at = (2L * r + h) * shape.partialBytes();
                                close(
                                        shape,
                                        extra,
                                        merge(shape, partial, at, 1, 0, sink),
                                        expected(cache, 1, from[r], to[r], q.query(r, h), 0.7f, extra, h),
                                        "cap %s, sink %s, bias %s, row %d, head %d",
                                        cap,
                                        sink,
                                        biased,
                                        r,
                                        h);
                            }
                        }
                    }
                }
            }
        }
    }

    @Test
    void nothingIsSeenOfNoPositions() {
        KvShape shape = new KvShape(1, 32, 16, KvType.F16);
        MemorySegment partial = attend(cache(shape, 40), 0, queries(1, 1, 32).row(0, 33, 33), scoring);
        assertThat(partial.get(FLOAT, 0)).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(partial.asSlice(4).mismatch(floats((int) shape.partialBytes() / 4 - 1)))
                .isEqualTo(-1);
    }

    @Test
    void memoryMayLieOnTheHeap() {
        KvShape shape = new KvShape(1, 32, 32, KvType.F16);
        Cache cache = cache(shape, 60);
        Queries q = queries(2, 2, 32);
        QueryRows rows = q.see(new int[] {0, 1}, new int[] {59, 60});
        MemorySegment expected = attend(cache, 0, rows, scoring);
        float[] copy = q.memory.toArray(FLOAT);
        QueryRows onHeap = new QueryRows(MemorySegment.ofArray(copy), 4, q.stride(), 2, rows.from(), rows.to());
        MemorySegment partial = MemorySegment.ofArray(new float[(int) expected.byteSize() / 4]);
        MemorySegment scratch = MemorySegment.ofArray(new byte[(int) kernels.attendScratchBytes(shape, 4)]);
        kernels.attend(shape, 0, cache.pages, PAGE_AT, onHeap, scoring, partial, 0, scratch);
        assertThat(partial.mismatch(expected)).isEqualTo(-1);
    }

    @Test
    void wrongAttentionIsRefused() {
        KvShape shape = new KvShape(1, 32, 32);
        Cache cache = cache(shape, 40);
        Queries q = queries(2, 1, 32);
        assertThatThrownBy(() -> attend(cache, 0, q.row(0, 0, 65), scoring)).isInstanceOf(JandaiaException.class);
        assertThatThrownBy(() -> attend(cache, 1, q.row(0, 0, 4), scoring)).isInstanceOf(JandaiaException.class);
        assertThatThrownBy(() -> attend(cache, 0, q.row(0, 5, 4), scoring)).isInstanceOf(JandaiaException.class);
        assertThatThrownBy(() -> attend(cache, 0, q.see(new int[1], new int[2]), scoring))
                .isInstanceOf(JandaiaException.class);
        MemorySegment key = floats(32);
        assertThatThrownBy(() -> kernels.storeKv(shape, key, 0, key, 0, cache.pages[0], 0, 32))
                .isInstanceOf(JandaiaException.class);
        MemorySegment small = cache.pages[0].asSlice(0, shape.pageBytes() - 1);
        assertThatThrownBy(() -> kernels.storeKv(shape, key, 0, key, 0, small, 0, 0))
                .isInstanceOf(JandaiaException.class);
    }

    private MemorySegment floats(int n) {
        return arena.allocate(n * 4L, 64);
    }

    private MemorySegment randomFloats(int n) {
        MemorySegment out = floats(n);
        for (int i = 0; i < n; i++) {
            out.setAtIndex(FLOAT, i, (float) random.nextGaussian());
        }
        return out;
    }

    private static float[] array(MemorySegment s, long from, int n) {
        float[] out = new float[n];
        MemorySegment.copy(s, FLOAT, from, out, 0, n);
        return out;
    }
}
