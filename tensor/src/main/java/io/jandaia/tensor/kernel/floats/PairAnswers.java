package io.jandaia.tensor.kernel.floats;

import io.jandaia.error.JandaiaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** A small product whose results are computed again by plain loops before a processor is trusted with {@link PairProducts}. */
final class PairAnswers {

    private static final int ROWS = 35;
    private static final int COLS = 288;
    private static final int TOKENS = 51;
    private static final int[] CHECKED_ROWS = {0, 15, 16, 31, 32, 34};
    private static final int[] CHECKED_TOKENS = {0, 16, 31, 47, 50};

    /** Float32 errs by less than a tenth of this; a wrong instruction by far more. */
    private static final double TOLERANCE = 1e-3;

    private PairAnswers() {}

    /**
     * UNSUPPORTED when the processor computes something else.
     *
     * @param tiles whether to the bit: of vectors the order in which an instruction adds its two products is not said
     */
    static void check(PairProducts products, boolean tiles, String kernels) {
        Random random = new Random(7);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment w = arena.allocate(2L * ROWS * COLS, 64);
            for (int i = 0; i < ROWS * COLS; i++) {
                float value = (float) random.nextGaussian();
                w.setAtIndex(ValueLayout.JAVA_SHORT, i, upper(rounded(value)));
            }
            MemorySegment x = arena.allocate(4L * TOKENS * COLS, 64);
            for (int i = 0; i < TOKENS * COLS; i++) {
                x.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
            }
            MemorySegment pairs = arena.allocate(PairProducts.packedBytes(COLS, TOKENS), 64);
            for (int t = 0; t < TOKENS; t++) {
                products.pack(x.address() + 4L * t * COLS, COLS, t, TOKENS, pairs.address());
            }
            MemorySegment out = arena.allocate(4L * TOKENS * ROWS, 64);
            MemorySegment scratch = arena.allocate(products.scratchBytes(), 64);
            products.multiply(
                    w.address(), ROWS, COLS, TOKENS, pairs.address(), 0, ROWS, out.address(), 4L * ROWS, scratch);
            for (int t : CHECKED_TOKENS) {
                for (int r : CHECKED_ROWS) {
                    float expected = product(w, r, x, t);
                    float found = out.getAtIndex(ValueLayout.JAVA_FLOAT, (long) t * ROWS + r);
                    boolean right = tiles
                            ? Float.floatToRawIntBits(expected) == Float.floatToRawIntBits(found)
                            : Math.abs(expected - found) <= TOLERANCE;
                    if (!right) {
                        throw JandaiaException.unsupported("The " + kernels
                                + " kernels fail their test on this processor: a product of BF16 weights is " + found
                                + " where " + expected
                                + " is expected (row " + r + ", token " + t + "). Use --kernels vector.");
                    }
                }
            }
        }
    }

    /** One number, in the order of operations of {@link TilePairCode}. */
    private static float product(MemorySegment w, int row, MemorySegment x, int token) {
        float[] weights = new float[32];
        float[] activations = new float[32];
        float sum = 0;
        for (int k = 0; k < COLS; k += 32) {
            for (int i = 0; i < 32; i++) {
                short bits = w.getAtIndex(ValueLayout.JAVA_SHORT, (long) row * COLS + k + i);
                weights[i] = Float.intBitsToFloat(bits << 16);
                activations[i] = rounded(x.getAtIndex(ValueLayout.JAVA_FLOAT, (long) token * COLS + k + i));
            }
            sum = step(sum, weights, activations);
        }
        return sum;
    }

    /** One instruction: numbers at even and at odd places apart, then both, then what is there (Intel's manual, volume 2). */
    private static float step(float sum, float[] w, float[] x) {
        float even = 0;
        float odd = 0;
        for (int i = 0; i < 32; i += 2) {
            even = Math.fma(w[i], x[i], even);
            odd = Math.fma(w[i + 1], x[i + 1], odd);
        }
        return sum + (even + odd);
    }

    /** To the nearest BF16, ties to even; of a finite number. */
    private static float rounded(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat(bits + 0x7fff + (bits >> 16 & 1) & 0xffff0000);
    }

    private static short upper(float value) {
        return (short) (Float.floatToRawIntBits(value) >> 16);
    }
}
