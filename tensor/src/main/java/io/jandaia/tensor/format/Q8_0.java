package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/** ggml's Q8_0: a half-precision scale d, then 32 signed bytes q; a number is {@code d * q}. */
public final class Q8_0 implements BlockFormat {

    @Override
    public int elements() {
        return 32;
    }

    @Override
    public int bytes() {
        return 34;
    }

    @Override
    public void decode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        for (long b = 0; b < blocks; b++) {
            long s = srcOffset + 34 * b;
            long t = dstOffset + 128 * b;
            float d = Float.float16ToFloat(src.get(Little.SHORT, s));
            for (int i = 0; i < 32; i++) {
                dst.set(Little.NATIVE_FLOAT, t + 4L * i, d * src.get(Little.BYTE, s + 2 + i));
            }
        }
    }

    @Override
    public void encode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        for (long b = 0; b < blocks; b++) {
            long s = srcOffset + 128 * b;
            long t = dstOffset + 34 * b;
            float max = 0f;
            for (int i = 0; i < 32; i++) {
                max = Math.max(max, Math.abs(src.get(Little.NATIVE_FLOAT, s + 4L * i)));
            }
            float d = max / 127f;
            float inverse = Little.inverse(d);
            dst.set(Little.SHORT, t, Little.half("Q8_0", d));
            for (int i = 0; i < 32; i++) {
                dst.set(Little.BYTE, t + 2 + i, round(src.get(Little.NATIVE_FLOAT, s + 4L * i) * inverse));
            }
        }
    }

    /** To the nearest, ties away from zero, as C's roundf; adding one half first would round 0.49999997 up. */
    private static byte round(float v) {
        float a = Math.abs(v);
        int q = (int) a;
        if (a - q >= 0.5f) {
            q++;
        }
        q = Math.min(q, 127);
        return (byte) (v < 0 ? -q : q);
    }
}
