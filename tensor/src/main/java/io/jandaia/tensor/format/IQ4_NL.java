package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's IQ4_NL: a half-precision scale d, then 16 bytes of nibbles as in {@link Q4_0}; a nibble chooses one of 16 levels
 * that lie closer near zero, where most weights are. A number is {@code d * level}.
 */
public final class IQ4_NL extends BlockByBlock {

    /** Of ggml; shared with {@link IQ4_XS}. */
    private static final byte[] LEVELS = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    private static final int TRIALS = 7;

    public IQ4_NL() {
        super("IQ4_NL", 32, 18);
    }

    /** The levels, a new array. */
    public static byte[] levels() {
        return LEVELS.clone();
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        decode(src, at + 2, Little.half(src, at), out, 0);
    }

    /** 32 numbers of 16 bytes. */
    static void decode(MemorySegment src, long at, float d, float[] out, int from) {
        for (int i = 0; i < 16; i++) {
            int pair = Little.unsigned(src, at + i);
            out[from + i] = d * LEVELS[pair & 15];
            out[from + i + 16] = d * LEVELS[pair >> 4];
        }
    }

    @Override
    void encodeBlock(float[] x, MemorySegment dst, long at) {
        float d = scale(x, 0);
        dst.set(Little.SHORT, at, Little.half("IQ4_NL", d));
        encode(x, 0, d, dst, at + 2);
    }

    /** 32 numbers as 16 bytes. */
    static void encode(float[] x, int from, float d, MemorySegment dst, long at) {
        float inverse = Little.inverse(d);
        for (int i = 0; i < 16; i++) {
            int low = nearest(inverse * x[from + i]);
            int high = nearest(inverse * x[from + i + 16]);
            dst.set(Little.BYTE, at + i, (byte) (low | (high << 4)));
        }
    }

    /**
     * The scale of 32 numbers: of those that bring the number farthest from zero near the lowest level, and of its
     * opposite, the one with the least error, weighted by the squares of the numbers.
     */
    static float scale(float[] x, int from) {
        float extreme = ScaleSearch.extreme(x, from, 32);
        if (Math.abs(extreme) < ScaleSearch.ZERO) {
            return 0;
        }
        float scale = 0;
        float best = 0;
        for (int trial = -TRIALS - 1; trial <= TRIALS; trial++) {
            boolean opposite = trial < -TRIALS;
            float inverse = opposite ? 1 / (-extreme / LEVELS[0]) : (trial + LEVELS[0]) / extreme;
            float product = 0;
            float square = 0;
            for (int i = from; i < from + 32; i++) {
                float level = LEVELS[nearest(inverse * x[i])];
                float w = x[i] * x[i];
                product += w * level * x[i];
                square += w * level * level;
            }
            if (opposite || (square > 0 && product * product > best * square)) {
                scale = product / square;
                best = scale * product;
            }
        }
        return scale;
    }

    /** The index of the level nearest to {@code v}, the upper one of two that are equally near. */
    private static int nearest(float v) {
        if (!(v > LEVELS[0])) {
            return 0;
        }
        if (v >= LEVELS[15]) {
            return 15;
        }
        int low = 0;
        int high = 15;
        while (high - low > 1) {
            int middle = (low + high) / 2;
            if (v < LEVELS[middle]) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return v - LEVELS[low] < LEVELS[high] - v ? low : high;
    }
}
