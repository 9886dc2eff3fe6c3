package io.jandaia.tensor.kernel;

import io.jandaia.tensor.Activation;

/** The value of an {@link Activation}: what kernels compute, with {@link Exp} in place of the library's exponential. */
public final class ScalarActivation {

    public static final float QUICK = 1.702f;
    /** Twice sqrt(2 / pi), because {@code (1 + tanh(u)) / 2 = 1 / (1 + exp(-2u))}. */
    public static final float TANH_FACTOR = (float) (2 * Math.sqrt(2 / Math.PI));

    public static final float TANH_CUBE = 0.044715f;

    private ScalarActivation() {}

    static float apply(Activation f, float x) {
        return switch (f) {
            case SILU -> x / (Exp.exp(-x) + 1);
            case GELU -> (float) (0.5 * x * (1 + Erf.erf(x * Math.sqrt(0.5))));
            case GELU_TANH -> x / (Exp.exp(-TANH_FACTOR * (x + TANH_CUBE * x * x * x)) + 1);
            case GELU_QUICK -> x / (Exp.exp(-QUICK * x) + 1);
            case RELU -> Math.max(x, 0);
            case RELU_SQUARED -> Math.max(x, 0) * Math.max(x, 0);
            case SIGMOID -> 1 / (Exp.exp(-x) + 1);
            case TANH -> Scoring.capped(x, 1);
        };
    }
}
