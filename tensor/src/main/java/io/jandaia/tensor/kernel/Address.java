package io.jandaia.tensor.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Turns a segment into an address, once per kernel call, after checking that the memory is there, is alive and is large
 * enough. Whoever closes memory while a kernel runs on it on another thread ends the process: owners close after their
 * compute team has come to rest, and hold on to memory that the garbage collector frees.
 */
final class Address {

    private Address() {}

    static long of(MemorySegment segment, long at, long bytes, String what) {
        Check.room(segment, at, bytes, what);
        if (!segment.isNative()) {
            throw Check.defect(what + " is on the Java heap, but this operation needs native memory");
        }
        if (!segment.scope().isAlive()) {
            throw Check.defect(what + " has been closed");
        }
        return segment.address() + at;
    }

    /** A native copy of heap memory, and native memory itself. */
    static MemorySegment nativeCopy(Arena arena, MemorySegment segment) {
        return segment.isNative()
                ? segment
                : arena.allocate(segment.byteSize(), 64).copyFrom(segment);
    }

    /** Brings what {@link #nativeCopy} copied back, where it did copy. */
    static void copyBack(MemorySegment copy, MemorySegment segment) {
        if (!segment.isNative()) {
            segment.copyFrom(copy);
        }
    }
}
