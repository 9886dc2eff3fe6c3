package io.jandaia.tensor.kernel;

/**
 * How the vector kernels read one element type: rows by address, decoded to exactly the floats that the block format
 * defines.
 *
 * <p>The order of a dot product, whatever the width of a vector: 32 partial sums, of which sum {@code k % 32} takes
 * {@code fma(weight[k], x[k], sum)} in ascending k; then halves are added, sum i plus sum i + 16, and so on. What is left
 * beyond a multiple of 32 follows one by one. One token alone and many together thereby get the same bits.
 *
 * <p>Formats of single numbers and of blocks of 32 differ in {@code part} only. The loops around it are written out in each of
 * them because the compiler must see through every call that carries a vector, and does so only where a call has one target.
 * The others are {@link VectorBlocks}: decoded first, then multiplied by loops that exist once.
 */
interface VectorFormat {

    /** Partial sums of a dot product, and numbers in a block of the simpler quantised formats. */
    int SUMS = 32;

    /** Bytes of 32 floats. */
    long GROUP_BYTES = SUMS * (long) Float.BYTES;

    /**
     * One row times one token, as one stream through memory: several rows at once would each restart the hardware's
     * prefetching and run at half the speed.
     *
     * @param w address of the row
     * @param n numbers to multiply, a multiple of {@link #SUMS}
     * @param x address of the activations
     * @param sums 32 floats or more, of which the first 16 are left for {@link Lanes#sum}
     * @param scratch address of room for {@link VectorBlocks#CHUNK} floats
     */
    void multiply(long w, int n, long x, float[] sums, long scratch);

    /**
     * Decodes {@code n} numbers, a multiple of {@link #SUMS} and of the format's block, of the row at {@code w}.
     *
     * @param stride bytes from one group of 32 decoded floats to the next
     */
    void decode(long w, int n, long dst, long stride);
}
