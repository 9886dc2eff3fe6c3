package io.jandaia.tensor;

/** With which activations a matrix product is computed. */
public enum Numerics {
    /** Float32 activations: what the results of other implementations are compared with. */
    EXACT,
    /**
     * Activations quantised to 8 bits in blocks of 32, for weights in block formats. Where the processor multiplies pairs of BF16,
     * activations rounded to BF16 for weights in BF16, and attention in BF16. What else there is computes as EXACT.
     */
    FAST
}
