package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;

/**
 * A norm with a learned weight.
 *
 * @param kind root mean square (Zhang and Sennrich 2019) or layer norm (Ba et al. 2016)
 * @param bias whether something learned is added
 * @param plusOne whether the weight is stored as its distance from 1
 */
public record NormSpec(Kind kind, float eps, boolean bias, boolean plusOne) {

    /** What rows are divided by. */
    public enum Kind {
        RMS,
        LAYER
    }

    public NormSpec {
        if (!(eps >= 0 && eps < 1)) {
            throw JandaiaException.format(
                    "The configuration's norms have an epsilon of " + eps + "; expected a number from 0 to 1.");
        }
    }

    public static NormSpec rms(double eps) {
        return new NormSpec(Kind.RMS, (float) eps, false, false);
    }

    /** Layer norm with a bias. */
    public static NormSpec layer(double eps) {
        return new NormSpec(Kind.LAYER, (float) eps, true, false);
    }

    public NormSpec withoutBias() {
        return new NormSpec(kind, eps, false, plusOne);
    }

    public NormSpec storedMinusOne() {
        return new NormSpec(kind, eps, bias, true);
    }
}
