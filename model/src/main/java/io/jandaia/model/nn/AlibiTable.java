package io.jandaia.model.nn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Linear biases by distance (Press et al. 2022), laid out so that those of consecutive positions are neighbours: head h has
 * {@code -slope * (capacity - 1 - j)} at place j. Grows with the longest sequence.
 */
final class AlibiTable {

    private final float[] slopes;
    private int capacity;
    private MemorySegment table = MemorySegment.NULL;

    AlibiTable(float[] slopes) {
        this.slopes = slopes;
    }

    /** Makes room for distances below {@code positions}. */
    void reach(int positions) {
        if (positions <= capacity) {
            return;
        }
        capacity = Math.max(positions, 2 * capacity);
        table = Arena.ofAuto().allocate((long) slopes.length * capacity * Float.BYTES, 64);
        for (int h = 0; h < slopes.length; h++) {
            for (int j = 0; j < capacity; j++) {
                table.setAtIndex(ValueLayout.JAVA_FLOAT, (long) h * capacity + j, -slopes[h] * (capacity - 1 - j));
            }
        }
    }

    MemorySegment memory() {
        return table;
    }

    /** Where the biases of head {@code head} for a query at {@code position} begin, from key position {@code from} on. */
    long at(int head, int position, int from) {
        return ((long) head * capacity + capacity - 1 - position + from) * Float.BYTES;
    }

    /** Bytes from one head to the next. */
    long stride() {
        return (long) capacity * Float.BYTES;
    }
}
