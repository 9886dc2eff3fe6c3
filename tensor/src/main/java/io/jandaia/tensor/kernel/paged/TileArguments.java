package io.jandaia.tensor.kernel.paged;

import io.jandaia.tensor.kernel.asm.Gp;
import io.jandaia.tensor.kernel.asm.Mem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What {@link TileCode} is called with: one word of 64 bits each, in memory. */
enum TileArguments {
    /** Float32, {@code [keyDim][PAGE]}. */
    KEYS,
    /** Float32, {@code [valueDim]} a position, from the first that is seen on. */
    VALUES,
    /** {@code [queries][keyDim]}. */
    QUERIES,
    /** Weighted values of the first query's partial result. */
    RESULTS,
    /** {@code [queries]} of {@link TileCode#STATE_BYTES}. */
    STATE,
    /** Where the weight of the first position that is seen goes. */
    WEIGHT,
    /** Positions that are seen. */
    POSITIONS,
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

    static final long BYTES = 8L * values().length;

    @SuppressWarnings("EnumOrdinal") // the order is the layout
    private long at() {
        return 8L * ordinal();
    }

    /** Where the argument is when {@code base} holds the address of all. */
    Mem in(Gp base) {
        return Mem.at(base, at());
    }

    void set(MemorySegment arguments, long value) {
        arguments.set(ValueLayout.JAVA_LONG_UNALIGNED, at(), value);
    }
}
