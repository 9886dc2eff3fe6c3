package io.jandaia.tensor.kernel;

/**
 * The keys and values of one layer of attention.
 *
 * @param kvHeads heads of keys and values
 * @param keyDim numbers in a key of one head
 * @param valueDim numbers in a value of one head
 */
public record KvShape(int kvHeads, int keyDim, int valueDim) {

    /** Positions in a page. Attention is summed page by page at absolute multiples of this, whatever the batch. */
    public static final int PAGE = 32;

    /** Bytes of one layer's share of a page: float32 keys and values of {@link #PAGE} positions. */
    public long pageBytes() {
        return (long) PAGE * kvHeads * (keyDim + valueDim) * Float.BYTES;
    }
}
