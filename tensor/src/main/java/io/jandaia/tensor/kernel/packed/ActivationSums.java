package io.jandaia.tensor.kernel.packed;

/** What is kept of the sum of a block's codes, to be multiplied with the offsets or minima of weights. */
enum ActivationSums {
    /** {@code -offset * sum}, a whole number: where the sum of products begins. */
    WHOLE(1),
    /** The same for each half of the block. */
    HALVES(2),
    /** {@code scale * sum}, a float. */
    SCALED(1);

    /** Numbers of 32 bits per token and block. */
    final int count;

    ActivationSums(int count) {
        this.count = count;
    }
}
