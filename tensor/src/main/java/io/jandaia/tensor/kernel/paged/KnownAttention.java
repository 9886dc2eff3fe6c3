package io.jandaia.tensor.kernel.paged;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.kernel.KvShape;
import io.jandaia.tensor.kernel.KvType;
import io.jandaia.tensor.kernel.QueryRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.function.IntToLongFunction;

/**
 * A small attention whose results are computed again by plain loops in float64, before a processor is trusted with the machine
 * code of a shape: an instruction that a virtual machine emulates wrongly must not go unnoticed.
 */
final class KnownAttention {

    /** {@link TileAttention#add}. */
    @FunctionalInterface
    interface Computation {
        void add(
                int kvHead,
                IntToLongFunction pages,
                QueryRows rows,
                float scale,
                long queries,
                long results,
                MemorySegment scratch);
    }

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int PAGE = KvShape.PAGE;
    private static final int PAGES = 3;
    private static final int HEADS = 5;

    /** Rows that meet pages alone and together, so that blocks of 8, 5 and 2 queries are tried. */
    private static final int[] FROM = {0, 5, 5};

    private static final int[] TO = {41, 71, 71};
    private static final int[] CHECKED = {0, 4, 5, 11, 14};

    /** Float32 errs by less than a tenth of this; a wrong instruction by far more. */
    private static final double TOLERANCE = 1e-3;

    /** The same of BF16. */
    private static final double PAIRS_TOLERANCE = 5e-2;

    private final KvShape shape;
    private final double tolerance;
    private final String kernels;
    private final Random random = new Random(7);
    private final float[][] keys = new float[PAGES * PAGE][];
    private final float[][] values = new float[PAGES * PAGE][];

    private KnownAttention(TileFormat format, String kernels) {
        shape = format.shape();
        tolerance = format.pairs() ? PAIRS_TOLERANCE : TOLERANCE;
        this.kernels = kernels;
    }

    /** UNSUPPORTED when the processor computes something else. */
    static void check(Computation attention, TileFormat format, String kernels) {
        try (Arena arena = Arena.ofConfined()) {
            new KnownAttention(format, kernels).check(attention, arena);
        }
    }

    private void check(Computation attention, Arena arena) {
        int head = shape.kvHeads() - 1;
        MemorySegment pages = arena.allocate(PAGES * shape.pageBytes(), 64);
        for (int p = 0; p < PAGES; p++) {
            MemorySegment page = pages.asSlice(p * shape.pageBytes(), shape.pageBytes());
            fill(page.asSlice(shape.keysAt(head)), shape.keyDim(), true, p * PAGE);
            fill(page.asSlice(shape.valuesAt(head)), shape.valueDim(), false, p * PAGE);
        }
        int count = FROM.length * HEADS;
        long queryBytes = shape.keyDim() * 4L;
        MemorySegment queries = arena.allocate(count * queryBytes, 64);
        for (long i = 0; i < count * queryBytes; i += 4) {
            queries.set(FLOAT, i, (float) random.nextGaussian());
        }
        MemorySegment results = arena.allocate(count * shape.partialBytes(), 64);
        MemorySegment scratch = arena.allocate(TileAttention.scratchBytes(shape, count), 64);
        float scale = (float) (1 / Math.sqrt(shape.keyDim()));
        attention.add(
                head,
                p -> pages.address() + p * shape.pageBytes(),
                new QueryRows(queries, 0, HEADS * queryBytes, HEADS, FROM, TO),
                scale,
                queries.address(),
                results.address(),
                scratch);
        for (int i : CHECKED) {
            compare(queries.asSlice(i * queryBytes), scale, i, results.asSlice(i * shape.partialBytes()));
        }
    }

    /** Numbers of 32 positions of one head, as pages hold them. */
    private void fill(MemorySegment to, int dim, boolean key, int first) {
        int blocks = (dim + KvType.BLOCK - 1) / KvType.BLOCK;
        long scales = shape.scalesAt(dim);
        for (int slot = 0; slot < PAGE; slot++) {
            float[] decoded = new float[dim];
            for (int d = 0; d < dim; d++) {
                int block = d / KvType.BLOCK;
                long scaleAt = scales + 4L * (key ? block * PAGE + slot : slot * blocks + block);
                if (shape.type() == KvType.Q8 && d % KvType.BLOCK == 0) {
                    to.set(FLOAT, scaleAt, (1 + random.nextFloat()) / 64);
                }
                decoded[d] = number(to, key ? d * PAGE + slot : slot * dim + d, scaleAt);
            }
            (key ? keys : values)[first + slot] = decoded;
        }
    }

    /** Sets number {@code i} and returns what it decodes to. */
    private float number(MemorySegment to, int i, long scaleAt) {
        float x = (float) random.nextGaussian();
        return switch (shape.type()) {
            case F32 -> {
                to.set(FLOAT, i * 4L, x);
                yield x;
            }
            case F16 -> {
                short bits = Float.floatToFloat16(x);
                to.set(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2L, bits);
                yield Float.float16ToFloat(bits);
            }
            case BF16 -> {
                int bits = Float.floatToRawIntBits(x) >>> 16;
                to.set(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2L, (short) bits);
                yield Float.intBitsToFloat(bits << 16);
            }
            case Q8 -> {
                byte code = (byte) Math.round(40 * x);
                to.set(ValueLayout.JAVA_BYTE, i, code);
                yield code * to.get(FLOAT, scaleAt);
            }
        };
    }

    private void compare(MemorySegment query, float scale, int number, MemorySegment result) {
        int from = FROM[number / HEADS];
        int to = TO[number / HEADS];
        double[] weights = new double[to - from];
        double sum = 0;
        double max = result.get(FLOAT, 0);
        for (int p = from; p < to; p++) {
            double score = 0;
            for (int d = 0; d < shape.keyDim(); d++) {
                score += (double) query.get(FLOAT, d * 4L) * keys[p][d];
            }
            weights[p - from] = Math.exp(score * scale - max);
            sum += weights[p - from];
        }
        expect("sum of weights", number, result.get(FLOAT, 4) / sum, 1);
        for (int d = 0; d < shape.valueDim(); d++) {
            double value = 0;
            for (int p = from; p < to; p++) {
                value += weights[p - from] * values[p][d];
            }
            expect("value", number, result.get(FLOAT, KvShape.PARTIAL_VALUES_AT + d * 4L) / sum, value / sum);
        }
    }

    private void expect(String what, int query, double found, double expected) {
        if (!(Math.abs(found - expected) <= tolerance)) {
            throw JandaiaException.unsupported("The " + kernels + " kernels fail their test on this processor: a "
                    + what
                    + " of attention over " + shape.type() + " with keys of " + shape.keyDim() + " and values of "
                    + shape.valueDim() + " numbers is " + found + " where " + expected + " is expected (query " + query
                    + "). Use --kernels vector.");
        }
    }
}
