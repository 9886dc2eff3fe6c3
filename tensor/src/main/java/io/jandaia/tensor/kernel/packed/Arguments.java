package io.jandaia.tensor.kernel.packed;

import io.jandaia.tensor.kernel.asm.Gp;
import io.jandaia.tensor.kernel.asm.Mem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What a product's machine code is called with: one word of 64 bits each, in memory. */
enum Arguments {
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

    static final long BYTES = 8L * values().length;

    private long at() {
        return 8L * ordinalValue();
    }

    @SuppressWarnings("EnumOrdinal") // the order is the layout
    private int ordinalValue() {
        return ordinal();
    }

    /** Where the argument is when {@code base} holds the address of all. */
    Mem in(Gp base) {
        return Mem.at(base, at());
    }

    void set(MemorySegment arguments, long value) {
        arguments.set(ValueLayout.JAVA_LONG_UNALIGNED, at(), value);
    }
}
