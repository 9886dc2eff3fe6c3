package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

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
        throw new UnsupportedOperationException();
    }

    @Override
    public void encode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        throw new UnsupportedOperationException();
    }
}
