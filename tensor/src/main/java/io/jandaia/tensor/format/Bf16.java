package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/** Brain floating point: the upper half of a float32. Encoding rounds to the nearest, ties to even; NaN stays NaN. */
public final class Bf16 implements BlockFormat {

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
            int bits = src.get(Little.SHORT, srcOffset + 2 * i) << 16;
            dst.set(Little.NATIVE_FLOAT, dstOffset + 4 * i, Float.intBitsToFloat(bits));
        }
    }

    @Override
    public void encode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        for (long i = 0; i < blocks; i++) {
            float v = src.get(Little.NATIVE_FLOAT, srcOffset + 4 * i);
            dst.set(Little.SHORT, dstOffset + 2 * i, round(v));
        }
    }

    private static short round(float v) {
        int bits = Float.floatToRawIntBits(v);
        if (Float.isNaN(v)) {
            // Rounding could carry a NaN into infinity or zero: keep its upper half and make it quiet.
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }
}
