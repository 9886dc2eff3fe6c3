package io.jandaia.model.nn;

import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.kernel.PageMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Native memory handed out like a stack; its contents are undefined. It grows to what the largest batch needed and stays: while a batch
 * needs more than there is, by further pieces, which what comes later in the batch uses again; before the next batch to one.
 */
final class Workspace implements AutoCloseable {

    private static final long ALIGNMENT = 64;

    /** @param start place of its first byte, when pieces are counted one after the other */
    private record Piece(MemorySegment memory, long start) {
        long end() {
            return start + memory.byteSize();
        }
    }

    private final List<Piece> pieces = new ArrayList<>();
    private Arena arena = Arena.ofShared();

    /** The piece that {@link #at} is in; the number of pieces when all are full. */
    private int piece;

    private long at;

    /** Empties it and, if the last batches did not fit into one piece, makes it one. */
    @SuppressWarnings("MustBeClosedChecker") // owned by this
    void reset() {
        release(0);
        if (pieces.size() > 1) {
            long bytes = pieces.getLast().end();
            pieces.clear(); // if memory is exhausted, smaller batches may still fit
            arena.close();
            arena = Arena.ofShared();
            grow(bytes);
        }
    }

    MemorySegment take(long bytes) {
        long size = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        while (piece < pieces.size()) {
            Piece p = pieces.get(piece);
            if (size <= p.end() - at) {
                MemorySegment taken = p.memory.asSlice(at - p.start, bytes);
                at += size;
                return taken;
            }
            at = p.end(); // what is left of it is too small
            piece++;
        }
        grow(Math.max(size, at));
        at += size;
        return pieces.getLast().memory.asSlice(0, bytes);
    }

    private void grow(long bytes) {
        long start = pieces.isEmpty() ? 0 : pieces.getLast().end();
        pieces.add(new Piece(PageMemory.allocate(bytes, arena), start));
    }

    Matrix matrix(int rows, int cols) {
        return new Matrix(take((long) rows * cols * Float.BYTES), rows, cols);
    }

    long mark() {
        return at;
    }

    void release(long mark) {
        at = mark;
        while (piece > 0 && (piece == pieces.size() || pieces.get(piece).start > mark)) {
            piece--;
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
