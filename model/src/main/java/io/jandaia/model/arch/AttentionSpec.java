package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import java.util.function.Consumer;
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
 * @param distanceBias what is added to scores by distance; null = nothing
 * @param scale what products of queries and keys are multiplied with
 * @param cap soft cap of scores; 0 = none
 * @param sinks whether each head has a learned score of seeing nothing
 * @param gated whether what a head sees is multiplied with a sigmoid, whose rows follow those of the head's query in files
 * @param bothWays whether a token sees those after it too, as in encoders
 * @param window how many positions a token sees, itself included; both ways, how many at most on each side; 0 = all
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
        @Nullable DistanceBias distanceBias,
        float scale,
        float cap,
        boolean sinks,
        boolean gated,
        boolean bothWays,
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

    /** What is added to the score of a key by its distance from the query. */
    public sealed interface DistanceBias permits Alibi, DistanceBuckets {}

    /**
     * A learned number for each head and each class of distances: one class a distance while they are short, then ever
     * wider ones, by the logarithm (Raffel et al. 2020).
     *
     * @param count classes
     * @param farthest the distance from which on all are of the last class
     * @param bothWays whether half of the classes are for keys after the query
     */
    public record DistanceBuckets(int count, int farthest, boolean bothWays) implements DistanceBias {

        public DistanceBuckets {
            int side = bothWays ? count / 2 : count;
            if (side < 2 || farthest <= side / 2) {
                throw JandaiaException.format("The configuration has " + count + " classes of distances up to "
                        + farthest + "; expected at least " + (bothWays ? 4 : 2) + ", and more distance than "
                        + side / 2 + ".");
            }
        }

        /** The class of a key that stands {@code distance} after the query; computed in float32, as it was trained. */
        public int bucket(int distance) {
            int side = bothWays ? count / 2 : count;
            int first = bothWays && distance > 0 ? side : 0;
            int far = bothWays ? Math.abs(distance) : Math.max(0, -distance);
            int exact = side / 2;
            if (far < exact) {
                return first + far;
            }
            float share = (float) Math.log((float) far / exact) / (float) Math.log((double) farthest / exact);
            return first + Math.min(side - 1, exact + (int) (share * (side - exact)));
        }
    }

    /**
     * Scores fall with distance by a slope of each head's own (Press et al. 2022).
     *
     * @param maxBias the steepest slope is {@code 2^(-maxBias / heads)}, the flattest {@code 2^-maxBias}
     * @param factor what biases are multiplied with
     * @param coarse whether they are products of the position, not the distance, in bfloat16, as Falcon was trained with
     */
    public record Alibi(double maxBias, double factor, boolean coarse) implements DistanceBias {

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
        if (bothWays && (gated || distanceBias instanceof Alibi)) {
            throw JandaiaException.unsupported(
                    "Attention both ways with gates or linear biases is not known to this version.");
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
        return new Parts(heads, kvHeads, headDim).whole();
    }

    public AttentionSpec layout(QkvLayout value) {
        return with(p -> p.layout = value);
    }

    /** With or without biases on the projections of queries, keys and values, and on that of the output. */
    public AttentionSpec bias(boolean input, boolean output) {
        return with(p -> {
            p.inputBias = input;
            p.outputBias = output;
        });
    }

    public AttentionSpec headNorm(@Nullable HeadNorm value) {
        return with(p -> p.headNorm = value);
    }

    public AttentionSpec rope(@Nullable RopeSpec value) {
        return with(p -> p.rope = value);
    }

    public AttentionSpec distanceBias(DistanceBias value) {
        return with(p -> p.distanceBias = value);
    }

    public AttentionSpec scale(double value) {
        return with(p -> p.scale = (float) value);
    }

    public AttentionSpec cap(double value) {
        return with(p -> p.cap = (float) value);
    }

    public AttentionSpec withSinks() {
        return with(p -> p.sinks = true);
    }

    public AttentionSpec withGate() {
        return with(p -> p.gated = true);
    }

    public AttentionSpec window(int value) {
        return with(p -> p.window = value);
    }

    /** With a view of what comes after, too. */
    public AttentionSpec seeingBothWays() {
        return with(p -> p.bothWays = true);
    }

    private AttentionSpec with(Consumer<Parts> change) {
        Parts parts = new Parts(this);
        change.accept(parts);
        return parts.whole();
    }

    /** What may be changed. */
    private static final class Parts {
        private final int heads;
        private final int kvHeads;
        private final int headDim;
        private QkvLayout layout = QkvLayout.SEPARATE;
        private boolean inputBias;
        private boolean outputBias;
        private @Nullable HeadNorm headNorm;
        private @Nullable RopeSpec rope;
        private @Nullable DistanceBias distanceBias;
        private float scale;
        private float cap;
        private boolean sinks;
        private boolean gated;
        private boolean bothWays;
        private int window;

        Parts(int heads, int kvHeads, int headDim) {
            this.heads = heads;
            this.kvHeads = kvHeads;
            this.headDim = headDim;
            this.scale = (float) (1 / Math.sqrt(headDim));
        }

        Parts(AttentionSpec a) {
            this(a.heads, a.kvHeads, a.headDim);
            layout = a.layout;
            inputBias = a.inputBias;
            outputBias = a.outputBias;
            headNorm = a.headNorm;
            rope = a.rope;
            distanceBias = a.distanceBias;
            scale = a.scale;
            cap = a.cap;
            sinks = a.sinks;
            gated = a.gated;
            bothWays = a.bothWays;
            window = a.window;
        }

        AttentionSpec whole() {
            return new AttentionSpec(
                    heads,
                    kvHeads,
                    headDim,
                    layout,
                    inputBias,
                    outputBias,
                    headNorm,
                    rope,
                    distanceBias,
                    scale,
                    cap,
                    sinks,
                    gated,
                    bothWays,
                    window);
        }
    }
}
