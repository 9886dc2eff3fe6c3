package io.jandaia.model.nn;

import io.jandaia.model.arch.AttentionSpec;
import io.jandaia.model.arch.LayerSpec;
import io.jandaia.model.arch.MlpSpec;
import io.jandaia.model.arch.NormSpec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The weights of one block of a decoder. Norms that its spec leaves out are null. */
public record Layer(
        LayerSpec spec,
        Mixer mixer,
        FeedForward feedForward,
        @Nullable Norm mixerIn,
        @Nullable Norm mixerOut,
        @Nullable Norm feedForwardIn,
        @Nullable Norm feedForwardOut) {

    /** A norm; a bias that is not there is {@link MemorySegment#NULL}. */
    public record Norm(NormSpec.Kind kind, MemorySegment weight, MemorySegment bias, float eps) {}

    /** What lets a position see others. */
    public sealed interface Mixer permits Attention {
        /** Every linear map in it. */
        Iterable<Linear> linears();
    }

    /** What works on each position alone. */
    public sealed interface FeedForward permits Mlp {
        /** Every linear map in it. */
        Iterable<Linear> linears();
    }

    /**
     * Attention of one layer.
     *
     * @param layer its number, under which its keys and values are kept
     * @param inputs the projections of queries, keys and values, or the one that holds all three
     * @param sinks per head, the score of seeing nothing; null = none
     */
    public record Attention(
            int layer,
            AttentionSpec spec,
            List<Linear> inputs,
            Linear output,
            @Nullable Norm queryNorm,
            @Nullable Norm keyNorm,
            float @Nullable [] sinks)
            implements Mixer {
        @Override
        public Iterable<Linear> linears() {
            List<Linear> all = new ArrayList<>(inputs);
            all.add(output);
            return all;
        }
    }

    /**
     * A feed-forward block.
     *
     * @param inputs up, or gate and up, or the one that holds both
     */
    public record Mlp(MlpSpec spec, List<Linear> inputs, Linear down) implements FeedForward {
        @Override
        public Iterable<Linear> linears() {
            List<Linear> all = new ArrayList<>(inputs);
            all.add(down);
            return all;
        }
    }
}
