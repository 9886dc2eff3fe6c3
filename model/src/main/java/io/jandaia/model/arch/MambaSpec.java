package io.jandaia.model.arch;

/**
 * A state space of the second Mamba (Dao and Gu 2024): each head keeps a matrix of {@code stateDim} by {@code headDim} that decays
 * and takes up every position.
 *
 * @param groups that share what states take up and give
 * @param kernel positions that the convolution sees
 * @param inputBias whether the projections have a bias
 * @param convolutionBias whether the convolution has one
 * @param minStep the least step of time
 * @param maxStep the largest
 * @param norm of all heads' results, after they are gated
 */
public record MambaSpec(
        int heads,
        int headDim,
        int stateDim,
        int groups,
        int kernel,
        boolean inputBias,
        boolean convolutionBias,
        float minStep,
        float maxStep,
        NormSpec norm)
        implements RecurrentSpec {

    /** Numbers of all heads. */
    public int inner() {
        return heads * headDim;
    }

    /** Numbers that are convolved: inputs, then what states take up and give for each group. */
    public int channels() {
        return inner() + 2 * groups * stateDim;
    }

    @Override
    public int stateFloats() {
        return Math.addExact(Math.multiplyExact(kernel - 1, channels()), Math.multiplyExact(inner(), stateDim));
    }
}
