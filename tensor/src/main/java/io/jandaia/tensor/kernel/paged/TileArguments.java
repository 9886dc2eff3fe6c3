package io.jandaia.tensor.kernel.paged;

import io.jandaia.tensor.kernel.asm.Argument;

/** What {@link TileCode} is called with: one word of 64 bits each, in memory. */
enum TileArguments implements Argument {
    /** Float32, {@code [keyDim][PAGE]}, or pairs, {@code [keyDim / 2][PAGE][2]}. */
    KEYS,
    /** {@code [valueDim]} a position or {@code [valueDim][2]} a pair of positions, from the first that is seen on. */
    VALUES,
    /** {@code [queries][keyDim]}. */
    QUERIES,
    /** Weighted values of the first query's partial result. */
    RESULTS,
    /** {@code [queries]} of {@link TileCode#STATE_BYTES}. */
    STATE,
    /** Where the weight of the first position that is seen goes. */
    WEIGHT,
    /** Positions that are seen; of pairs, those of which both positions are. */
    POSITIONS,
    /** Whether, before these pairs, the second position of one is seen without the first. */
    HEAD,
    /** Whether, behind these pairs, the first position of one is seen without the second. */
    TAIL,
    /** Positions of the page that are not seen, a bit each: the lower 16, the upper 16, and all of them. */
    HIDDEN_LOW,
    HIDDEN_HIGH,
    HIDDEN,
    BLOCKS,
    /** Room of {@link TileCode#ROOM_BYTES}. */
    ROOM,
    CONSTANTS,
    /** The bits of the float32 that products are multiplied with. */
    SCALE;

    static final long BYTES = Argument.BYTES * values().length;
}
