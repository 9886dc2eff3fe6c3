package io.jandaia.tensor.kernel.packed;

import io.jandaia.tensor.kernel.asm.Argument;

/** What a product's machine code is called with: one word of 64 bits each, in memory. */
enum Arguments implements Argument {
    CODES,
    SCALES,
    /** Panels of quantised activations. */
    PANEL,
    /** Float32, {@code [tokens][rows]}. */
    OUT,
    BLOCKS,
    /** Bytes from one token's output to the next. */
    OUT_STRIDE,
    GROUPS,
    CONSTANTS,
    TOKENS,
    /** Bytes from one panel to the next. */
    PANEL_STRIDE,
    /** Room for unpacked codes. */
    UNPACKED,
    /** Room for sums of whole numbers. */
    SUMS,
    /** Panels of 16 tokens. */
    PANELS,
    /** Bytes from one group's codes to the next. */
    CODES_STRIDE,
    /** Bytes from one group's scales to the next. */
    SCALES_STRIDE,
    /** Bytes from one unpacked block to the next. */
    UNPACKED_STRIDE,
    /** Room for sums of blocks before these. */
    TOTALS,
    /** Not 0 when there are no blocks before. */
    FIRST,
    /** Not 0 when there are no blocks after: sums go to the output. */
    LAST;

    static final long BYTES = Argument.BYTES * values().length;
}
