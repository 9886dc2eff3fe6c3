package io.jandaia.tensor.kernel;

import io.jandaia.tensor.Numerics;

/**
 * How the product of a query and a key becomes a score of attention: {@code cap * tanh(product * scale / cap)}.
 *
 * @param scale usually 1 / sqrt(keyDim)
 * @param cap the limit of scores that a soft cap keeps them under; 0 = none
 * @param numerics FAST: queries, keys, weights and values may be rounded to BF16 where the processor multiplies pairs of them,
 *     unless keys and values are kept in float32
 */
public record Scoring(float scale, float cap, Numerics numerics) {

    /** In float32. */
    public Scoring(float scale, float cap) {
        this(scale, cap, Numerics.EXACT);
    }

    /** {@code cap * tanh(score / cap)}, by {@link Exp}. */
    static float capped(float score, float cap) {
        return cap * (1 - 2 / (Exp.exp(2 / cap * score) + 1));
    }
}
