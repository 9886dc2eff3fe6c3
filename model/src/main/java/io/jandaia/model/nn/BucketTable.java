package io.jandaia.model.nn;

import io.jandaia.model.arch.AttentionSpec.DistanceBuckets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Learned biases by class of distance, one number for each distance. Grows with the longest sequence. */
final class BucketTable implements BiasRows {

    private final DistanceBuckets buckets;
    private final int heads;
    private final float[] weights;
    private int capacity;
    private MemorySegment table = MemorySegment.NULL;

    /** @param weights {@code [classes, heads]} */
    BucketTable(DistanceBuckets buckets, int heads, float[] weights) {
        this.buckets = buckets;
        this.heads = heads;
        this.weights = weights;
    }

    @Override
    public void reach(int positions) {
        if (positions <= capacity) {
            return;
        }
        capacity = Math.max(positions, 2 * capacity);
        int distances = 2 * capacity - 1;
        table = Arena.ofAuto().allocate((long) heads * stride(), 64);
        for (int i = 0; i < distances; i++) {
            int bucket = buckets.bucket(i - capacity + 1);
            for (int h = 0; h < heads; h++) {
                table.setAtIndex(ValueLayout.JAVA_FLOAT, (long) h * distances + i, weights[bucket * heads + h]);
            }
        }
    }

    @Override
    public MemorySegment memory() {
        return table;
    }

    @Override
    public long at(int head, int position, int from) {
        return head * stride() + (from - position + capacity - 1L) * Float.BYTES;
    }

    @Override
    public long stride() {
        return (2L * capacity - 1) * Float.BYTES;
    }
}
