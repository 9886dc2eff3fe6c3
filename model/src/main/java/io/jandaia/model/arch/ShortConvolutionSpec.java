package io.jandaia.model.arch;

/**
 * A gated convolution over the last positions (LFM2, Liquid AI 2025): {@code out(c * convolve(b * x))}, where b, c and x are
 * linear in the input.
 *
 * @param dim channels
 * @param kernel positions that are seen
 */
public record ShortConvolutionSpec(int dim, int kernel, boolean bias) implements RecurrentSpec {

    @Override
    public int stateFloats() {
        return (kernel - 1) * dim;
    }
}
