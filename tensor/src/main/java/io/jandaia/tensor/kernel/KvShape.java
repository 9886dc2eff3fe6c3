package io.jandaia.tensor.kernel;

/**
 * The keys and values of one layer of attention. How many bytes a head's keys and values take in a page is the same for all
 * kernel sets; in which order the numbers lie there is each set's own.
 *
 * @param kvHeads heads of keys and values
 * @param keyDim numbers in a key of one head
 * @param valueDim numbers in a value of one head
 */
public record KvShape(int kvHeads, int keyDim, int valueDim, KvType type) {

    /** Positions in a page. Attention is summed page by page at absolute multiples of this, whatever the batch. */
    public static final int PAGE = 32;

    /** Where the weighted values begin in a partial result, in bytes: with their maximum and sum they keep to cache lines. */
    public static final int PARTIAL_VALUES_AT = 64;

    /** In float32. */
    public KvShape(int kvHeads, int keyDim, int valueDim) {
        this(kvHeads, keyDim, valueDim, KvType.F32);
    }

    /** Bytes of one layer's share of a page: keys and values of {@link #PAGE} positions. */
    public long pageBytes() {
        return kvHeads * (headBytes(keyDim) + headBytes(valueDim));
    }

    /** Bytes of the partial result of one query head. */
    public long partialBytes() {
        return PARTIAL_VALUES_AT + (valueDim + 15L) / 16 * 64;
    }

    /** Where the keys of one head begin in a layer's share of a page: numbers, then their scales. */
    public long keysAt(int head) {
        return head * headBytes(keyDim);
    }

    /** As {@link #keysAt}. */
    public long valuesAt(int head) {
        return kvHeads * headBytes(keyDim) + head * headBytes(valueDim);
    }

    /** Where the scales are behind the first of a head's numbers. */
    public long scalesAt(int dim) {
        return (long) PAGE * dim * type.bytes();
    }

    private long headBytes(int dim) {
        return scalesAt(dim) + (long) PAGE * type.scales(dim) * Float.BYTES;
    }
}
