package io.jandaia.tensor;

/** A function of single numbers between two linear maps. */
public enum Activation {
    /** {@code x / (1 + exp(-x))} (Elfwing et al. 2017), also called swish. */
    SILU,
    /** {@code x / 2 * (1 + erf(x / sqrt(2)))} (Hendrycks and Gimpel 2016). */
    GELU,
    /** The same with {@code tanh(sqrt(2 / pi) * (x + 0.044715 x^3))} in place of erf, as GPT-2 has it. */
    GELU_TANH,
    /** {@code x / (1 + exp(-1.702 x))}. */
    GELU_QUICK,
    /** {@code max(x, 0)}. */
    RELU,
    /** {@code max(x, 0)^2} (So et al. 2021). */
    RELU_SQUARED,
    /** {@code 1 / (1 + exp(-x))}. */
    SIGMOID,
    /** {@code tanh(x)}. */
    TANH
}
