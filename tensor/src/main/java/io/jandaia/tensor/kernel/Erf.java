package io.jandaia.tensor.kernel;

/** The error function. */
final class Erf {

    /** Above this it is 1 in double precision. */
    private static final double FAR = 6;

    private static final double TWO_OVER_ROOT_PI = 1.1283791670955126;

    private Erf() {}

    /**
     * {@code 2 / sqrt(pi) * exp(-x^2) * sum of 2^k x^(2k + 1) / (1 * 3 * ... * (2k + 1))} (Abramowitz and Stegun 7.1.6): all
     * terms have one sign, so nothing cancels.
     */
    static double erf(double x) {
        if (Double.isNaN(x)) {
            return x;
        }
        if (Math.abs(x) > FAR) {
            return Math.signum(x);
        }
        double term = x;
        double sum = x;
        for (int k = 1; Math.abs(term) > Math.abs(sum) * 1e-17; k++) {
            term *= 2 * x * x / (2 * k + 1);
            sum += term;
        }
        return TWO_OVER_ROOT_PI * StrictMath.exp(-x * x) * sum;
    }
}
