package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

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
        throw new UnsupportedOperationException();
    }

    @Override
    public void encode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        throw new UnsupportedOperationException();
    }
}
