package io.jandaia.tensor.kernel.floats;

import io.jandaia.tensor.kernel.asm.Gp;
import io.jandaia.tensor.kernel.asm.Mem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What {@link TileCode} is called with, in memory: whole numbers of 64 bits in this order. */
enum TileArguments {
    /** {@code [tiles][steps of a row][4 rows][16]} floats. */
    WEIGHTS,
    /** {@code [steps][tokens][16]} floats. */
    ACTIVATIONS,
    /** {@code [token][row][16]} floats. */
    SUMS,
    /** Steps of 16 numbers, at least 1. */
    STEPS,
    /** At least 1. */
    TILES,
    /** Bytes from one tile's weights to the next's. */
    TILE_BYTES,
    /** What memory is asked for while these are multiplied; the routine moves it on. */
    NEXT,
    /** Bytes by which it moves on with every step. */
    NEXT_BYTES;

    static final long BYTES = 64; // eight of them; a constant, so that nobody writes code to learn it

    @SuppressWarnings("EnumOrdinal") // the order is the layout
    private long at() {
        return 8L * ordinal();
    }

    Mem in(Gp base) {
        return Mem.at(base, at());
    }

    void set(MemorySegment arguments, long value) {
        arguments.set(ValueLayout.JAVA_LONG_UNALIGNED, at(), value);
    }
}
