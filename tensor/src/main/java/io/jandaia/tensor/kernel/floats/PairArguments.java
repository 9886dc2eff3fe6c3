package io.jandaia.tensor.kernel.floats;

import io.jandaia.tensor.kernel.asm.Gp;
import io.jandaia.tensor.kernel.asm.Mem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What {@link PairTileCode} is called with, in memory: whole numbers of 64 bits in this order. */
enum PairArguments {
    /** A configuration of tiles, {@link PairTileCode#configure}. */
    TILES,
    /** Weights of the first 16 rows. */
    FIRST_ROWS,
    /** Weights of the next 16. */
    NEXT_ROWS,
    /** Bytes from one row of weights to the next. */
    ROW_STRIDE,
    /** The first panel of tokens; the routine moves it on. */
    FIRST_PANEL,
    /** The second panel of tokens; the routine moves it on. */
    NEXT_PANEL,
    /** Bytes of a row of pairs in the first panel. */
    FIRST_STRIDE,
    NEXT_STRIDE,
    /** Bytes from two panels to the next two. */
    PANEL_BYTES,
    /** Steps of 32 numbers, at least 1. */
    STEPS,
    /** Twos of panels, at least 1. */
    PANELS,
    SUMS;

    static final long BYTES = 8L * values().length;

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
