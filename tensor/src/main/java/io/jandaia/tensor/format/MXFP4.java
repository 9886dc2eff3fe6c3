package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's MXFP4 (OCP microscaling formats, version 1.0): a byte e, the exponent of the scale {@code 2^(e - 127)}, then 16
 * bytes of nibbles as in {@link Q4_0}; a nibble is a number of four bits with one for the sign, two for the exponent and one
 * for the mantissa. Levels are stored doubled here, and the scale halved.
 */
public final class MXFP4 extends BlockByBlock {

    private static final byte[] LEVELS = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    public MXFP4() {
        super("MXFP4", 32, 17);
    }

    /** Twice the number that each nibble stands for, a new array. */
    public static byte[] levels() {
        return LEVELS.clone();
    }

    /** {@code 2^(e - 128)}, subnormal for e below 2. */
    public static float halfScale(int e) {
        return Float.intBitsToFloat(e < 2 ? 0x0020_0000 << e : (e - 1) << 23);
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        float scale = halfScale(Little.unsigned(src, at));
        for (int i = 0; i < 16; i++) {
            int pair = Little.unsigned(src, at + 1 + i);
            out[i] = scale * LEVELS[pair & 15];
            out[i + 16] = scale * LEVELS[pair >> 4];
        }
    }

    @Override
    void encodeBlock(float[] x, MemorySegment dst, long at) {
        float most = Math.abs(ScaleSearch.extreme(x, 0, 32));
        int e = most == 0 ? 0 : Math.max(0, Math.getExponent(most) - 2 + 127);
        float scale = halfScale(e);
        dst.set(Little.BYTE, at, (byte) e);
        for (int i = 0; i < 16; i++) {
            dst.set(Little.BYTE, at + 1 + i, (byte) (nearest(x[i], scale) | (nearest(x[i + 16], scale) << 4)));
        }
    }

    private static int nearest(float v, float scale) {
        int best = 0;
        for (int i = 1; i < 16; i++) {
            if (Math.abs(scale * LEVELS[i] - v) < Math.abs(scale * LEVELS[best] - v)) {
                best = i;
            }
        }
        return best;
    }
}
