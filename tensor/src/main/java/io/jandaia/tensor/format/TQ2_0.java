package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's TQ2_0 for weights of -1, 0 and 1 times a scale: 64 bytes of two-bit codes laid out as in {@link Q2_K}, then a
 * half-precision d. A number is {@code d * (code - 1)}.
 */
public final class TQ2_0 extends BlockByBlock {

    public TQ2_0() {
        super("TQ2_0", 256, 66);
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        float d = Little.half(src, at + 64);
        for (int half = 0; half < 2; half++) {
            for (int i = 0; i < 32; i++) {
                int four = Little.unsigned(src, at + 32L * half + i);
                for (int k = 0; k < 4; k++) {
                    out[128 * half + 32 * k + i] = d * (((four >> (2 * k)) & 3) - 1);
                }
            }
        }
    }

    @Override
    void encodeBlock(float[] x, MemorySegment dst, long at) {
        float d = Math.abs(ScaleSearch.extreme(x, 0, 256));
        dst.set(Little.SHORT, at + 64, Little.half("TQ2_0", d));
        Q2_K.packTwoBits(codes(x, d), dst, at);
    }

    /** 0, 1 or 2 for the nearest of -d, 0 and d. */
    static int[] codes(float[] x, float d) {
        float inverse = Little.inverse(d);
        int[] codes = new int[x.length];
        for (int i = 0; i < x.length; i++) {
            float v = x[i] * inverse;
            codes[i] = v >= 0.5f ? 2 : v <= -0.5f ? 0 : 1;
        }
        return codes;
    }
}
