package io.jandaia.model.nn;

import io.jandaia.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Native memory handed out like a stack. Grows to what the largest batch needed and stays. */
final class Workspace implements AutoCloseable {

    private static final long ALIGNMENT = 64;

    private Arena arena = Arena.ofShared();
    private MemorySegment memory = MemorySegment.NULL;
    private long at;
    private long wanted;

    /** Empties it and, if the last batch did not fit, grows it. */
    @SuppressWarnings("MustBeClosedChecker") // owned by this
    void reset() {
        at = 0;
        if (wanted > memory.byteSize()) {
            long bytes = wanted;
            wanted = 0; // if memory is exhausted, smaller batches may still fit
            memory = MemorySegment.NULL;
            arena.close();
            arena = Arena.ofShared();
            memory = arena.allocate(bytes, ALIGNMENT);
        }
    }

    MemorySegment take(long bytes) {
        long from = at;
        at += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        wanted = Math.max(wanted, at);
        if (at > memory.byteSize()) {
            return arena.allocate(bytes, ALIGNMENT); // until the next reset
        }
        return memory.asSlice(from, bytes);
    }

    Matrix matrix(int rows, int cols) {
        return new Matrix(take((long) rows * cols * Float.BYTES), rows, cols);
    }

    long mark() {
        return at;
    }

    void release(long mark) {
        at = mark;
    }

    @Override
    public void close() {
        arena.close();
    }
}
