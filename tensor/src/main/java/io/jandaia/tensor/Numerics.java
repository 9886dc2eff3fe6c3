package io.jandaia.tensor;

/** With which activations a matrix product is computed. */
public enum Numerics {
    /** Float32 activations: what the results of other implementations are compared with. */
    EXACT,
    /** Activations quantised to 8 bits in blocks of 32, for weights in block formats; others compute as EXACT. */
    FAST
}
