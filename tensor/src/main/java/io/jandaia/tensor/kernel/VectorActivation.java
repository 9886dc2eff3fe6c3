package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.all;
import static io.jandaia.tensor.kernel.Lanes.load;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.RawMemory.get;
import static io.jandaia.tensor.kernel.RawMemory.set;

import io.jandaia.tensor.Activation;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link Activation} by lanes. Tails go through a vector too, padded with zeros, so that a number's result does not depend
 * on its place in the row.
 */
@SuppressWarnings("FloatingPointLiteralPrecision") // digits as published
final class VectorActivation {

    /** Abramowitz and Stegun 7.1.26, of absolute error below 1.5e-7. */
    private static final float ERF_P = 0.3275911f;

    private static final float ERF_1 = 0.254829592f;
    private static final float ERF_2 = -0.284496736f;
    private static final float ERF_3 = 1.421413741f;
    private static final float ERF_4 = -1.453152027f;
    private static final float ERF_5 = 1.061405429f;
    private static final float ROOT_HALF = 0.70710678f;

    private VectorActivation() {}

    /** {@code x = f(x)}, or {@code x = f(x) * up} unless {@code up} is 0; n numbers by address. */
    static void apply(Activation f, long x, long up, int n) {
        int i = 0;
        for (; i + Lanes.N <= n; i += Lanes.N) {
            FloatVector y = of(f, load(x + i * 4L));
            store(up == 0 ? y : y.mul(load(up + i * 4L)), x + i * 4L);
        }
        if (i < n) {
            float[] tail = new float[Lanes.N];
            for (int j = i; j < n; j++) {
                tail[j - i] = get(x + j * 4L);
            }
            store(of(f, load(tail, 0)), tail, 0);
            for (int j = i; j < n; j++) {
                set(x + j * 4L, up == 0 ? tail[j - i] : tail[j - i] * get(up + j * 4L));
            }
        }
    }

    private static FloatVector of(Activation f, FloatVector x) {
        return switch (f) {
            case SILU -> x.div(VectorExp.exp(x.neg()).add(1));
            case GELU -> gelu(x);
            case GELU_TANH ->
                x.div(VectorExp.exp(
                                x.add(x.mul(ScalarActivation.TANH_CUBE).mul(x).mul(x))
                                        .mul(-ScalarActivation.TANH_FACTOR))
                        .add(1));
            case GELU_QUICK ->
                x.div(VectorExp.exp(x.mul(-ScalarActivation.QUICK)).add(1));
            case RELU -> x.max(0);
            case RELU_SQUARED -> x.max(0).mul(x.max(0));
            case SIGMOID -> all(1).div(VectorExp.exp(x.neg()).add(1));
            case TANH -> capped(x, 1);
        };
    }

    private static FloatVector gelu(FloatVector x) {
        FloatVector a = x.abs().mul(ROOT_HALF);
        FloatVector t = all(1).div(a.mul(ERF_P).add(1));
        FloatVector p = t.fma(all(ERF_5), all(ERF_4));
        p = p.fma(t, all(ERF_3));
        p = p.fma(t, all(ERF_2));
        p = p.fma(t, all(ERF_1)).mul(t);
        FloatVector far = p.mul(VectorExp.exp(a.mul(a).neg())); // 1 - erf(a)
        FloatVector half = x.mul(0.5f);
        // The lower half keeps its small values: x / 2 * (1 - erf(a)) has nothing to cancel.
        return half.mul(all(2).sub(far)).blend(half.mul(far), x.compare(VectorOperators.LT, 0));
    }

    /** {@code cap * tanh(x / cap)} of n numbers. */
    static void cap(long x, float cap, int n) {
        int i = 0;
        for (; i + Lanes.N <= n; i += Lanes.N) {
            store(capped(load(x + i * 4L), cap), x + i * 4L);
        }
        for (; i < n; i++) {
            set(x + i * 4L, Scoring.capped(get(x + i * 4L), cap));
        }
    }

    static FloatVector capped(FloatVector x, float cap) {
        return all(1).sub(all(2).div(VectorExp.exp(x.mul(2 / cap)).add(1))).mul(cap);
    }
}
