package io.jandaia.tensor.kernel.floats;

import io.jandaia.tensor.kernel.asm.Argument;

/** What {@link TilePairCode} is called with. */
enum TilePairArguments implements Argument {
    /** A configuration of tiles, {@link TilePairCode#configure}. */
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

    static final long BYTES = Argument.BYTES * values().length;
}
