package io.jandaia.model.arch;

import org.jspecify.annotations.Nullable;

/**
 * One block: something that mixes positions, something that works on each position alone, and how both are joined to the
 * stream of hidden states. A norm that is null is left out.
 *
 * @param mixerIn before the mixer
 * @param mixerOut after the mixer
 * @param feedForwardIn before the feed-forward part; in a {@link Residual#PARALLEL} block null = the mixer's own input
 * @param feedForwardOut after the feed-forward part
 * @param cross what looks at another sequence between the two parts; null = nothing
 * @param residualScale what both parts' results are multiplied with before they are added
 */
public record LayerSpec(
        MixerSpec mixer,
        FeedForwardSpec feedForward,
        Residual residual,
        @Nullable NormSpec mixerIn,
        @Nullable NormSpec mixerOut,
        @Nullable NormSpec feedForwardIn,
        @Nullable NormSpec feedForwardOut,
        @Nullable CrossSpec cross,
        float residualScale) {

    /**
     * Attention over the hidden states of another sequence, as the decoder of an encoder-decoder has it. The norm stands where
     * those of the other parts do.
     */
    public record CrossSpec(AttentionSpec attention, NormSpec norm) {}

    /** How parts and stream are joined. */
    public enum Residual {
        /** {@code x += out(mixer(in(x)))}, then {@code x += out(feedForward(in(x)))}. */
        SEQUENTIAL,
        /** {@code x += mixer(in(x)) + feedForward(in(x))}, both from the same x. */
        PARALLEL,
        /** {@code x = out(x + mixer(x))}, then {@code x = out(x + feedForward(x))}. */
        POST_NORM
    }

    /** A norm before each part: GPT-2, Llama and most others. */
    public static LayerSpec preNorm(NormSpec norm, MixerSpec mixer, FeedForwardSpec feedForward) {
        return new LayerSpec(mixer, feedForward, Residual.SEQUENTIAL, norm, null, norm, null, null, 1);
    }

    /** A norm after each part, before it is added: OLMo 2. */
    public static LayerSpec outputNorm(NormSpec norm, MixerSpec mixer, FeedForwardSpec feedForward) {
        return new LayerSpec(mixer, feedForward, Residual.SEQUENTIAL, null, norm, null, norm, null, 1);
    }

    /** Norms before and after each part: Gemma 2. */
    public static LayerSpec sandwich(NormSpec norm, MixerSpec mixer, FeedForwardSpec feedForward) {
        return new LayerSpec(mixer, feedForward, Residual.SEQUENTIAL, norm, norm, norm, norm, null, 1);
    }

    /** A norm after each sum: the first transformers, and the smallest OPT. */
    public static LayerSpec postNorm(NormSpec norm, MixerSpec mixer, FeedForwardSpec feedForward) {
        return new LayerSpec(mixer, feedForward, Residual.POST_NORM, null, norm, null, norm, null, 1);
    }

    /** Both parts at once, each with a norm of its own: GPT-NeoX. */
    public static LayerSpec parallel(NormSpec norm, MixerSpec mixer, FeedForwardSpec feedForward) {
        return new LayerSpec(mixer, feedForward, Residual.PARALLEL, norm, null, norm, null, null, 1);
    }

    /** Both parts at once behind one norm: GPT-J, Phi, Falcon, Command. */
    public static LayerSpec parallelOneNorm(NormSpec norm, MixerSpec mixer, FeedForwardSpec feedForward) {
        return new LayerSpec(mixer, feedForward, Residual.PARALLEL, norm, null, null, null, null, 1);
    }

    /** Without the norm before the mixer. */
    public LayerSpec withoutFirstNorm() {
        return new LayerSpec(
                mixer, feedForward, residual, null, mixerOut, feedForwardIn, feedForwardOut, cross, residualScale);
    }

    public LayerSpec residualScale(double factor) {
        return new LayerSpec(
                mixer, feedForward, residual, mixerIn, mixerOut, feedForwardIn, feedForwardOut, cross, (float) factor);
    }

    /** With a look at another sequence after the mixer. */
    public LayerSpec crossing(AttentionSpec attention, NormSpec norm) {
        return new LayerSpec(
                mixer,
                feedForward,
                residual,
                mixerIn,
                mixerOut,
                feedForwardIn,
                feedForwardOut,
                new CrossSpec(attention, norm),
                residualScale);
    }
}
