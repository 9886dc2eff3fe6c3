package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's Q4_1: a half-precision scale d, a half-precision minimum m, then 16 bytes of nibbles; number i has
 * the low nibble of byte i, number i + 16 the high one. A number is {@code d * q + m}.
 */
public final class Q4_1 implements BlockFormat {

    @Override
    public int elements() {
        return 32;
    }

    @Override
    public int bytes() {
        return 20;
    }

    @Override
    public void decode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        for (long b = 0; b < blocks; b++) {
            long s = srcOffset + 20 * b;
            long t = dstOffset + 128 * b;
            float d = Float.float16ToFloat(src.get(Little.SHORT, s));
            float m = Float.float16ToFloat(src.get(Little.SHORT, s + 2));
            for (int i = 0; i < 16; i++) {
                int q = src.get(Little.BYTE, s + 4 + i);
                dst.set(Little.NATIVE_FLOAT, t + 4L * i, d * (q & 15) + m);
                dst.set(Little.NATIVE_FLOAT, t + 64 + 4L * i, d * ((q >> 4) & 15) + m);
            }
        }
    }

    @Override
    public void encode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        for (long b = 0; b < blocks; b++) {
            long s = srcOffset + 128 * b;
            long t = dstOffset + 20 * b;
            float min = Float.POSITIVE_INFINITY;
            float max = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < 32; i++) {
                float v = src.get(Little.NATIVE_FLOAT, s + 4L * i);
                min = Math.min(min, v);
                max = Math.max(max, v);
            }
            float d = (max - min) / 15f;
            float inverse = Little.inverse(d);
            dst.set(Little.SHORT, t, Little.half("Q4_1", d));
            dst.set(Little.SHORT, t + 2, Little.half("Q4_1", min));
            for (int i = 0; i < 16; i++) {
                int low = quant(src.get(Little.NATIVE_FLOAT, s + 4L * i) - min, inverse);
                int high = quant(src.get(Little.NATIVE_FLOAT, s + 4L * i + 64) - min, inverse);
                dst.set(Little.BYTE, t + 4 + i, (byte) (low | (high << 4)));
            }
        }
    }

    private static int quant(float v, float inverse) {
        return Math.clamp((int) (v * inverse + 0.5f), 0, 15);
    }
}
