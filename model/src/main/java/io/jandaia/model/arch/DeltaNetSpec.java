package io.jandaia.model.arch;

/**
 * Linear attention by the gated delta rule (Yang et al. 2024), as Qwen3-Next has it: each head keeps a matrix from keys to
 * values that decays and is corrected at every position.
 *
 * @param keyHeads heads of queries and keys
 * @param valueHeads heads of values, a multiple of those; each has a state of its own
 * @param kernel positions that the convolution of queries, keys and values sees
 * @param norm of what each head gives
 */
public record DeltaNetSpec(int keyHeads, int keyDim, int valueHeads, int valueDim, int kernel, NormSpec norm)
        implements RecurrentSpec {

    /** Numbers that are convolved: queries, keys, values. */
    public int channels() {
        return 2 * keyHeads * keyDim + valueHeads * valueDim;
    }

    @Override
    public int stateFloats() {
        return Math.addExact(
                Math.multiplyExact(kernel - 1, channels()),
                Math.multiplyExact(valueHeads, Math.multiplyExact(keyDim, valueDim)));
    }
}
