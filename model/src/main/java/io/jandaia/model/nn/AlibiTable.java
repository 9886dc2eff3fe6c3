package io.jandaia.model.nn;

import io.jandaia.model.arch.AttentionSpec.Alibi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Linear biases (Press et al. 2022), laid out so that those of consecutive positions are neighbours. Grows with the longest
 * sequence.
 */
final class AlibiTable implements BiasRows {

    private final Alibi alibi;
    private final float[] slopes;
    private int capacity;
    private MemorySegment table = MemorySegment.NULL;

    AlibiTable(Alibi alibi, int heads) {
        this.alibi = alibi;
        this.slopes = alibi.slopes(heads);
    }

    @Override
    public void reach(int positions) {
        if (positions <= capacity) {
            return;
        }
        capacity = Math.max(positions, 2 * capacity);
        table = Arena.ofAuto().allocate((long) slopes.length * capacity * Float.BYTES, 64);
        for (int h = 0; h < slopes.length; h++) {
            for (int j = 0; j < capacity; j++) {
                float bias = alibi.coarse() ? bfloat16(bfloat16(slopes[h]) * j) : -slopes[h] * (capacity - 1 - j);
                table.setAtIndex(ValueLayout.JAVA_FLOAT, (long) h * capacity + j, (float) (bias * alibi.factor()));
            }
        }
    }

    /** The nearest bfloat16, ties to even. */
    private static float bfloat16(float x) {
        int bits = Float.floatToRawIntBits(x);
        return Float.intBitsToFloat((bits + 0x7FFF + (bits >>> 16 & 1)) & 0xFFFF0000);
    }

    @Override
    public MemorySegment memory() {
        return table;
    }

    /** By distance, the last number of a head is that of distance 0. */
    @Override
    public long at(int head, int position, int from) {
        long first = alibi.coarse() ? from : capacity - 1L - position + from;
        return ((long) head * capacity + first) * Float.BYTES;
    }

    @Override
    public long stride() {
        return (long) capacity * Float.BYTES;
    }
}
