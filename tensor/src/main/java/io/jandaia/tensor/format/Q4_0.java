package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's Q4_0: a half-precision scale d, then 16 bytes of nibbles; number i has
 * the low nibble of byte i, number i + 16 the high one. A number is {@code d * (q - 8)}.
 */
public final class Q4_0 implements BlockFormat {

    @Override
    public int elements() {
        return 32;
    }

    @Override
    public int bytes() {
        return 18;
    }

    @Override
    public void decode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        for (long b = 0; b < blocks; b++) {
            long s = srcOffset + 18 * b;
            long t = dstOffset + 128 * b;
            float d = Float.float16ToFloat(src.get(Little.SHORT, s));
            for (int i = 0; i < 16; i++) {
                int q = src.get(Little.BYTE, s + 2 + i);
                dst.set(Little.NATIVE_FLOAT, t + 4L * i, d * ((q & 15) - 8));
                dst.set(Little.NATIVE_FLOAT, t + 64 + 4L * i, d * (((q >> 4) & 15) - 8));
            }
        }
    }

    @Override
    public void encode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        for (long b = 0; b < blocks; b++) {
            long s = srcOffset + 128 * b;
            long t = dstOffset + 18 * b;
            float extreme = 0f; // the number farthest from zero, with its sign, becomes -8
            float max = 0f;
            for (int i = 0; i < 32; i++) {
                float v = src.get(Little.NATIVE_FLOAT, s + 4L * i);
                float a = Math.abs(v);
                if (a > max || Float.isNaN(a)) {
                    max = a;
                    extreme = v;
                }
            }
            float d = extreme / -8f;
            float inverse = Little.inverse(d);
            dst.set(Little.SHORT, t, Little.half("Q4_0", d));
            for (int i = 0; i < 16; i++) {
                int low = quant(src.get(Little.NATIVE_FLOAT, s + 4L * i), inverse);
                int high = quant(src.get(Little.NATIVE_FLOAT, s + 4L * i + 64), inverse);
                dst.set(Little.BYTE, t + 2 + i, (byte) (low | (high << 4)));
            }
        }
    }

    private static int quant(float v, float inverse) {
        return Math.clamp((int) (v * inverse + 8.5f), 0, 15);
    }
}
