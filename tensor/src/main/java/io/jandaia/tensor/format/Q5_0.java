package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's Q5_0: a half-precision scale d, a word with the fifth bits, then 16 bytes of nibbles; number i has
 * the low nibble of byte i, number i + 16 the high one and the bits i and i + 16 of the word. A number is {@code d * (q - 16)}.
 */
public final class Q5_0 implements BlockFormat {

    @Override
    public int elements() {
        return 32;
    }

    @Override
    public int bytes() {
        return 22;
    }

    @Override
    public void decode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        for (long b = 0; b < blocks; b++) {
            long s = srcOffset + 22 * b;
            long t = dstOffset + 128 * b;
            float d = Float.float16ToFloat(src.get(Little.SHORT, s));
            int fifth = src.get(Little.INT, s + 2);
            for (int i = 0; i < 16; i++) {
                int q = src.get(Little.BYTE, s + 6 + i);
                dst.set(Little.NATIVE_FLOAT, t + 4L * i, d * (((q & 15) | (((fifth >>> i) & 1) << 4)) - 16));
                dst.set(
                        Little.NATIVE_FLOAT,
                        t + 64 + 4L * i,
                        d * ((((q >> 4) & 15) | (((fifth >>> (i + 16)) & 1) << 4)) - 16));
            }
        }
    }

    @Override
    public void encode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        for (long b = 0; b < blocks; b++) {
            long s = srcOffset + 128 * b;
            long t = dstOffset + 22 * b;
            float extreme = 0f; // the number farthest from zero, with its sign, becomes -16
            float max = 0f;
            for (int i = 0; i < 32; i++) {
                float v = src.get(Little.NATIVE_FLOAT, s + 4L * i);
                float a = Math.abs(v);
                if (a > max || Float.isNaN(a)) {
                    max = a;
                    extreme = v;
                }
            }
            float d = extreme / -16f;
            float inverse = Little.inverse(d);
            dst.set(Little.SHORT, t, Little.half("Q5_0", d));
            int fifth = 0;
            for (int i = 0; i < 16; i++) {
                int low = quant(src.get(Little.NATIVE_FLOAT, s + 4L * i), inverse);
                int high = quant(src.get(Little.NATIVE_FLOAT, s + 4L * i + 64), inverse);
                fifth |= ((low >> 4) << i) | ((high >> 4) << (i + 16));
                dst.set(Little.BYTE, t + 6 + i, (byte) ((low & 15) | (high << 4)));
            }
            dst.set(Little.INT, t + 2, fifth);
        }
    }

    private static int quant(float v, float inverse) {
        return Math.clamp((int) (v * inverse + 16.5f), 0, 31);
    }
}
