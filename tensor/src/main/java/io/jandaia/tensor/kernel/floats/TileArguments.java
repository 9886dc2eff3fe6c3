package io.jandaia.tensor.kernel.floats;

import io.jandaia.tensor.kernel.asm.Argument;

/** What {@link TileCode} is called with. */
enum TileArguments implements Argument {
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

    static final long BYTES = 8 * Argument.BYTES; // a constant, so that nobody writes code to learn it
}
