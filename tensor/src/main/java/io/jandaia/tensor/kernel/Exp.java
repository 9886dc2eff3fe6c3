package io.jandaia.tensor.kernel;

/**
 * The exponential function that every kernel set uses, so that interpreted, compiled and vector code agree to the bit.
 * Range reduction by powers of two and a polynomial of degree 6 (coefficients of Cephes' expf); error below 2 ulp.
 */
@SuppressWarnings("FloatingPointLiteralPrecision") // digits as published
public final class Exp {

    public static final float LOG2E = 1.44269504f;
    public static final float LN2_HIGH = 0.693359375f;
    public static final float LN2_LOW = -2.12194440e-4f;
    public static final float P0 = 1.9875691500e-4f;
    public static final float P1 = 1.3981999507e-3f;
    public static final float P2 = 8.3334519073e-3f;
    public static final float P3 = 4.1665795894e-2f;
    public static final float P4 = 1.6666665459e-1f;
    public static final float P5 = 5.0000001201e-1f;
    /** Below this the result is 0, above {@link #MAX} infinite; both are cut so that the scaling stays a normal number. */
    public static final float MIN = -87.0f;

    public static final float MAX = 88.0f;
    /** Adding and subtracting this rounds to the nearest whole number, ties to even. */
    public static final float ROUND = 12582912f;

    private Exp() {}

    /** e to the power x; below -87 it is 0, above 88 it is e to the 88; NaN stays NaN. */
    public static float exp(float x) {
        if (x < MIN) {
            return 0f;
        }
        float v = Math.min(x, MAX);
        float n = Math.fma(v, LOG2E, ROUND) - ROUND;
        float r = Math.fma(n, -LN2_HIGH, v);
        r = Math.fma(n, -LN2_LOW, r);
        float p = Math.fma(P0, r, P1);
        p = Math.fma(p, r, P2);
        p = Math.fma(p, r, P3);
        p = Math.fma(p, r, P4);
        p = Math.fma(p, r, P5);
        p = Math.fma(p, r * r, r) + 1f;
        return p * Float.intBitsToFloat(((int) n + 127) << 23);
    }
}
