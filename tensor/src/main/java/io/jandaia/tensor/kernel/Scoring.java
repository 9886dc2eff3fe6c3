package io.jandaia.tensor.kernel;

/**
 * How the product of a query and a key becomes a score of attention: {@code cap * tanh(product * scale / cap)}.
 *
 * @param scale usually 1 / sqrt(keyDim)
 * @param cap the limit of scores that a soft cap keeps them under; 0 = none
 */
public record Scoring(float scale, float cap) {

    /** {@code cap * tanh(score / cap)}, by {@link Exp}. */
    static float capped(float score, float cap) {
        return cap * (1 - 2 / (Exp.exp(2 / cap * score) + 1));
    }
}
