package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's Q5_1: a half-precision scale d, a half-precision minimum m, a word with the fifth bits, then 16 bytes of nibbles; number i has
 * the low nibble of byte i, number i + 16 the high one and the bits i and i + 16 of the word. A number is {@code d * q + m}.
 */
public final class Q5_1 implements BlockFormat {

    @Override
    public int elements() {
        return 32;
    }

    @Override
    public int bytes() {
        return 24;
    }

    @Override
    public void decode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        for (long b = 0; b < blocks; b++) {
            long s = srcOffset + 24 * b;
            long t = dstOffset + 128 * b;
            float d = Float.float16ToFloat(src.get(Little.SHORT, s));
            float m = Float.float16ToFloat(src.get(Little.SHORT, s + 2));
            int fifth = src.get(Little.INT, s + 4);
            for (int i = 0; i < 16; i++) {
                int q = src.get(Little.BYTE, s + 8 + i);
                dst.set(Little.NATIVE_FLOAT, t + 4L * i, d * ((q & 15) | (((fifth >>> i) & 1) << 4)) + m);
                dst.set(
                        Little.NATIVE_FLOAT,
                        t + 64 + 4L * i,
                        d * (((q >> 4) & 15) | (((fifth >>> (i + 16)) & 1) << 4)) + m);
            }
        }
    }

    @Override
    public void encode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        for (long b = 0; b < blocks; b++) {
            long s = srcOffset + 128 * b;
            long t = dstOffset + 24 * b;
            float min = Float.POSITIVE_INFINITY;
            float max = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < 32; i++) {
                float v = src.get(Little.NATIVE_FLOAT, s + 4L * i);
                min = Math.min(min, v);
                max = Math.max(max, v);
            }
            float d = (max - min) / 31f;
            float inverse = Little.inverse(d);
            dst.set(Little.SHORT, t, Little.half("Q5_1", d));
            dst.set(Little.SHORT, t + 2, Little.half("Q5_1", min));
            int fifth = 0;
            for (int i = 0; i < 16; i++) {
                int low = quant(src.get(Little.NATIVE_FLOAT, s + 4L * i) - min, inverse);
                int high = quant(src.get(Little.NATIVE_FLOAT, s + 4L * i + 64) - min, inverse);
                fifth |= ((low >> 4) << i) | ((high >> 4) << (i + 16));
                dst.set(Little.BYTE, t + 8 + i, (byte) ((low & 15) | (high << 4)));
            }
            dst.set(Little.INT, t + 4, fifth);
        }
    }

    private static int quant(float v, float inverse) {
        return Math.clamp((int) (v * inverse + 0.5f), 0, 31);
    }
}
