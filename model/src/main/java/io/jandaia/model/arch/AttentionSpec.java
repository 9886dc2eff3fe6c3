package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import org.jspecify.annotations.Nullable;

/**
 * Attention with as many or fewer key/value heads than query heads.
 *
 * @param headDim numbers in a query, key or value of one head
 * @param layout how the projections of queries, keys and values are stored
 * @param inputBias whether these projections have a bias
 * @param outputBias whether the output projection has a bias
 * @param headNorm norm of queries and keys; null = none
 * @param rope rotary positions; null = none
 * @param alibi linear biases; null = none
 * @param scale what products of queries and keys are multiplied with
 * @param cap soft cap of scores; 0 = none
 * @param sinks whether each head has a learned score of seeing nothing
 * @param gated whether what a head sees is multiplied with a sigmoid, whose rows follow those of the head's query in files
 * @param window how many positions a token sees, itself included; 0 = all before it
 */
public record AttentionSpec(
        int heads,
        int kvHeads,
        int headDim,
        QkvLayout layout,
        boolean inputBias,
        boolean outputBias,
        @Nullable HeadNorm headNorm,
        @Nullable RopeSpec rope,
        @Nullable Alibi alibi,
        float scale,
        float cap,
        boolean sinks,
        boolean gated,
        int window)
        implements MixerSpec {

    /** How the rows of the projections of queries (q), keys (k) and values (v) lie in files. */
    public enum QkvLayout {
        /** Three matrices. */
        SEPARATE,
        /** One matrix: all of q, all of k, all of v. */
        BLOCKS,
        /** One matrix: for every key/value head its queries, its key, its value. */
        PER_GROUP
    }

    /**
     * A norm of queries and keys.
     *
     * @param afterRope whether it follows the rotation
     */
    public record HeadNorm(NormSpec norm, Span span, boolean afterRope) {

        /** What is normed together, and with which weight. */
        public enum Span {
            /** Each head, all with one weight {@code [headDim]}. */
            SHARED,
            /** Each head with its own weight {@code [heads, headDim]}. */
            EACH,
            /** All heads of a token together, weight {@code [heads * headDim]}. */
            WHOLE
        }

        public static HeadNorm shared(NormSpec norm) {
            return new HeadNorm(norm, Span.SHARED, false);
        }

        public static HeadNorm each(NormSpec norm) {
            return new HeadNorm(norm, Span.EACH, false);
        }

        public static HeadNorm whole(NormSpec norm) {
            return new HeadNorm(norm, Span.WHOLE, false);
        }

        public HeadNorm movedAfterRope() {
            return new HeadNorm(norm, span, true);
        }
    }

    /**
     * Scores fall with distance by a slope of each head's own (Press et al. 2022).
     *
     * @param maxBias the steepest slope is {@code 2^(-maxBias / heads)}, the flattest {@code 2^-maxBias}
     * @param factor what biases are multiplied with
     * @param coarse whether they are products of the position, not the distance, in bfloat16, as Falcon was trained with
     */
    public record Alibi(double maxBias, double factor, boolean coarse) {

        public Alibi(double maxBias) {
            this(maxBias, 1, false);
        }

        /** The slope of each head. For a number that is no power of two, every other slope of the next one follows. */
        public float[] slopes(int heads) {
            int whole = Integer.highestOneBit(heads);
            float[] slopes = new float[heads];
            for (int h = 0; h < heads; h++) {
                double exponent = h < whole ? (h + 1.0) / whole : (2 * (h - whole) + 1.0) / (2 * whole);
                slopes[h] = (float) Math.pow(2, -maxBias * exponent);
            }
            return slopes;
        }
    }

    public AttentionSpec {
        if (heads % kvHeads != 0) {
            throw JandaiaException.format("The configuration has " + heads + " attention heads and " + kvHeads
                    + " heads of keys and values; expected a divisor.");
        }
        if (rope != null) {
            rope.validate();
            if (rope.rotary() > headDim) {
                throw JandaiaException.format(
                        "The configuration rotates " + rope.rotary() + " numbers of a head that has " + headDim + ".");
            }
        }
    }

    /** Plain attention, scaled by 1 / sqrt(headDim): no biases, no positions, no window. */
    public static AttentionSpec of(int heads, int kvHeads, int headDim) {
        return new AttentionSpec(
                heads,
                kvHeads,
                headDim,
                QkvLayout.SEPARATE,
                false,
                false,
                null,
                null,
                null,
                (float) (1 / Math.sqrt(headDim)),
                0,
                false,
                false,
                0);
    }

    public AttentionSpec layout(QkvLayout value) {
        return new AttentionSpec(
                heads,
                kvHeads,
                headDim,
                value,
                inputBias,
                outputBias,
                headNorm,
                rope,
                alibi,
                scale,
                cap,
                sinks,
                gated,
                window);
    }

    /** With or without biases on the projections of queries, keys and values, and on that of the output. */
    public AttentionSpec bias(boolean input, boolean output) {
        return new AttentionSpec(
                heads, kvHeads, headDim, layout, input, output, headNorm, rope, alibi, scale, cap, sinks, gated,
                window);
    }

    public AttentionSpec headNorm(@Nullable HeadNorm value) {
        return new AttentionSpec(
                heads,
                kvHeads,
                headDim,
                layout,
                inputBias,
                outputBias,
                value,
                rope,
                alibi,
                scale,
                cap,
                sinks,
                gated,
                window);
    }

    public AttentionSpec rope(@Nullable RopeSpec value) {
        return new AttentionSpec(
                heads,
                kvHeads,
                headDim,
                layout,
                inputBias,
                outputBias,
                headNorm,
                value,
                alibi,
                scale,
                cap,
                sinks,
                gated,
                window);
    }

    public AttentionSpec alibi(Alibi value) {
        return new AttentionSpec(
                heads,
                kvHeads,
                headDim,
                layout,
                inputBias,
                outputBias,
                headNorm,
                rope,
                value,
                scale,
                cap,
                sinks,
                gated,
                window);
    }

    public AttentionSpec scale(double value) {
        return new AttentionSpec(
                heads,
                kvHeads,
                headDim,
                layout,
                inputBias,
                outputBias,
                headNorm,
                rope,
                alibi,
                (float) value,
                cap,
                sinks,
                gated,
                window);
    }

    public AttentionSpec cap(double value) {
        return new AttentionSpec(
                heads,
                kvHeads,
                headDim,
                layout,
                inputBias,
                outputBias,
                headNorm,
                rope,
                alibi,
                scale,
                (float) value,
                sinks,
                gated,
                window);
    }

    public AttentionSpec withSinks() {
        return new AttentionSpec(
                heads,
                kvHeads,
                headDim,
                layout,
                inputBias,
                outputBias,
                headNorm,
                rope,
                alibi,
                scale,
                cap,
                true,
                gated,
                window);
    }

    public AttentionSpec withGate() {
        return new AttentionSpec(
                heads,
                kvHeads,
                headDim,
                layout,
                inputBias,
                outputBias,
                headNorm,
                rope,
                alibi,
                scale,
                cap,
                sinks,
                true,
                window);
    }

    public AttentionSpec window(int value) {
        return new AttentionSpec(
                heads,
                kvHeads,
                headDim,
                layout,
                inputBias,
                outputBias,
                headNorm,
                rope,
                alibi,
                scale,
                cap,
                sinks,
                gated,
                value);
    }
}
