package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/** IEEE 754 single precision, as it is. */
public final class F32 implements BlockFormat {

    @Override
    public int elements() {
        return 1;
    }

    @Override
    public int bytes() {
        return 4;
    }

    @Override
    public void decode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        MemorySegment.copy(src, Little.FLOAT, srcOffset, dst, Little.NATIVE_FLOAT, dstOffset, blocks);
    }

    @Override
    public void encode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        MemorySegment.copy(src, Little.NATIVE_FLOAT, srcOffset, dst, Little.FLOAT, dstOffset, blocks);
    }
}
