package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;

/**
 * What a decoder-only transformer is made of, as data. The decoder, the loader and {@code show} read the same spec.
 *
 * @param vocabulary rows of the embedding
 * @param dim numbers in a hidden state
 * @param layers how many blocks
 * @param contextLength positions the model may be used for
 * @param norm every norm but those of single heads
 * @param rope how positions enter
 * @param tiedHead whether the head is the embedding
 */
public record DecoderSpec(
        int vocabulary,
        int dim,
        int layers,
        int contextLength,
        NormSpec norm,
        AttentionSpec attention,
        RopeSpec rope,
        MlpSpec mlp,
        boolean tiedHead) {

    public DecoderSpec {
        rope.validate();
        if (rope.rotary() > attention.headDim()) {
            throw JandaiaException.format("The configuration rotates " + rope.rotary() + " numbers of a head that has "
                    + attention.headDim() + ".");
        }
    }

    /** A root mean square norm with a learned weight. */
    public record NormSpec(float eps) {
        public NormSpec {
            if (!(eps >= 0 && eps < 1)) {
                throw JandaiaException.format(
                        "The configuration's norms have an epsilon of " + eps + "; expected a number from 0 to 1.");
            }
        }
    }

    /**
     * Attention with as many or fewer key/value heads than query heads.
     *
     * @param headDim numbers in a query, key or value of one head
     * @param inputBias whether the query, key and value projections have a bias
     * @param outputBias whether the output projection has a bias
     * @param headNorm whether queries and keys are normed per head before they are rotated
     * @param windows per layer, how many positions a token sees, itself included; 0 = all before it
     */
    public record AttentionSpec(
            int heads,
            int kvHeads,
            int headDim,
            boolean inputBias,
            boolean outputBias,
            boolean headNorm,
            int[] windows) {

        public AttentionSpec {
            if (heads % kvHeads != 0) {
                throw JandaiaException.format("The configuration has " + heads + " attention heads and " + kvHeads
                        + " heads of keys and values; expected a divisor.");
            }
        }

        public int window(int layer) {
            return windows[layer];
        }

        /** What scores are multiplied with: 1 / sqrt(headDim). */
        public float scale() {
            return (float) (1 / Math.sqrt(headDim));
        }
    }

    /**
     * A gated feed-forward block: {@code down(activation(gate(x)) * up(x))} with SiLU.
     *
     * @param inner numbers between the projections
     * @param bias whether the three projections have a bias
     */
    public record MlpSpec(int inner, boolean bias) {}
}
