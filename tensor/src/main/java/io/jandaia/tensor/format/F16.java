package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/** IEEE 754 half precision. Encoding rounds to the nearest, ties to even; beyond 65519 it gives infinity, NaN stays NaN. */
public final class F16 implements BlockFormat {

    @Override
    public int elements() {
        return 1;
    }

    @Override
    public int bytes() {
        return 2;
    }

    @Override
    public void decode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        for (long i = 0; i < blocks; i++) {
            float v = Float.float16ToFloat(src.get(Little.SHORT, srcOffset + 2 * i));
            dst.set(Little.NATIVE_FLOAT, dstOffset + 4 * i, v);
        }
    }

    @Override
    public void encode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        for (long i = 0; i < blocks; i++) {
            float v = src.get(Little.NATIVE_FLOAT, srcOffset + 4 * i);
            dst.set(Little.SHORT, dstOffset + 2 * i, Float.floatToFloat16(v));
        }
    }
}
