package io.jandaia.model.nn;

import io.jandaia.model.arch.AttentionSpec;
import io.jandaia.model.arch.ExpertsSpec;
import io.jandaia.model.arch.LatentAttentionSpec;
import io.jandaia.model.arch.LayerSpec;
import io.jandaia.model.arch.MlpSpec;
import io.jandaia.model.arch.NormSpec;
import io.jandaia.model.arch.RecurrentSpec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The weights of one block. Norms that its spec leaves out are null. */
public record Layer(
        LayerSpec spec,
        Mixer mixer,
        FeedForward feedForward,
        @Nullable Norm mixerIn,
        @Nullable Norm mixerOut,
        @Nullable Norm feedForwardIn,
        @Nullable Norm feedForwardOut,
        @Nullable Cross cross) {

    /** Every linear map. */
    Stream<Linear> linears() {
        Stream<Linear> parts = Stream.concat(mixer.linears().stream(), feedForward.linears().stream());
        return cross == null ? parts : Stream.concat(parts, cross.attention().linears().stream());
    }

    /** What one token needs of the weights, measured in bytes, seconds ... */
    double perToken(ToDoubleFunction<Linear> measure) {
        return mixer.perToken(measure)
                + feedForward.perToken(measure)
                + (cross == null ? 0 : cross.attention().perToken(measure));
    }

    /** The look at another sequence between the two parts. */
    public record Cross(Attention attention, Norm norm) {}

    /** A norm; a bias that is not there is {@link MemorySegment#NULL}. */
    public record Norm(NormSpec.Kind kind, MemorySegment weight, MemorySegment bias, float eps) {}

    /** What lets a position see others. */
    public sealed interface Mixer permits Attention, LatentAttention, Recurrent {
        /** Every linear map in it. */
        List<Linear> linears();

        /** What one token needs of them. */
        default double perToken(ToDoubleFunction<Linear> measure) {
            return sum(linears(), measure);
        }
    }

    /** What works on each position alone. */
    public sealed interface FeedForward permits Experts, Mlp {
        /** Every linear map in it. */
        List<Linear> linears();

        /** What one token needs of them. */
        default double perToken(ToDoubleFunction<Linear> measure) {
            return sum(linears(), measure);
        }
    }

    private static double sum(List<Linear> linears, ToDoubleFunction<Linear> measure) {
        return linears.stream().mapToDouble(measure).sum();
    }

    /**
     * Attention of one layer.
     *
     * @param layer its number, under which its keys and values are kept
     * @param inputs the projections of queries, keys and values, or the one that holds all three
     * @param gate to the sigmoids that what heads see is multiplied with; null = none
     * @param sinks per head, the score of seeing nothing; null = none
     * @param distanceBias by class of distance and head; null = none, or none that is learned
     */
    public record Attention(
            int layer,
            AttentionSpec spec,
            List<Linear> inputs,
            Linear output,
            @Nullable Linear gate,
            @Nullable Norm queryNorm,
            @Nullable Norm keyNorm,
            float @Nullable [] sinks,
            float @Nullable [] distanceBias)
            implements Mixer {
        @Override
        public List<Linear> linears() {
            List<Linear> all = new ArrayList<>(inputs);
            all.add(output);
            if (gate != null) {
                all.add(gate);
            }
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
        public List<Linear> linears() {
            List<Linear> all = new ArrayList<>(inputs);
            all.add(down);
            return all;
        }
    }

    /**
     * Latent attention of one layer. The map from the latent to keys is kept transposed, so that queries meet latents instead of
     * keys: {@code q . (K c) = (K' q) . c}.
     *
     * @param query the projection of queries, or those to and from their compressed form
     * @param queryNorm of compressed queries; null = they are not compressed
     * @param latent to the latent and the rotated key, {@code [latent + rotary, dim]}
     * @param keysTransposed for each head {@code [latent, plainDim]}
     * @param values for each head {@code [valueDim, latent]}
     */
    public record LatentAttention(
            int layer,
            LatentAttentionSpec spec,
            List<Linear> query,
            @Nullable Norm queryNorm,
            Linear latent,
            Norm latentNorm,
            List<Linear> keysTransposed,
            List<Linear> values,
            Linear output)
            implements Mixer {
        @Override
        public List<Linear> linears() {
            return Stream.of(query, List.of(latent), keysTransposed, values, List.of(output))
                    .flatMap(List::stream)
                    .toList();
        }
    }

    /**
     * A mixture of experts.
     *
     * @param correction what is added to scores for choosing; null = nothing
     * @param shared used by every token; null = none
     * @param sharedSwitch its learned sigmoid; null = none
     */
    public record Experts(
            ExpertsSpec spec,
            Linear router,
            float @Nullable [] correction,
            List<Mlp> experts,
            @Nullable Mlp shared,
            @Nullable Linear sharedSwitch)
            implements FeedForward {
        @Override
        public List<Linear> linears() {
            List<Linear> all = always();
            experts.forEach(e -> all.addAll(e.linears()));
            return all;
        }

        @Override
        public double perToken(ToDoubleFunction<Linear> measure) {
            double each = experts.stream().mapToDouble(e -> e.perToken(measure)).sum();
            return sum(always(), measure) + each * spec.perToken() / spec.count();
        }

        private List<Linear> always() {
            List<Linear> all = new ArrayList<>(List.of(router));
            if (shared != null) {
                all.addAll(shared.linears());
            }
            if (sharedSwitch != null) {
                all.add(sharedSwitch);
            }
            return all;
        }
    }

    /**
     * A recurrent mixer. What its spec has no use for is empty.
     *
     * @param inputs into it: one, or two where rates have a map of their own
     * @param convolution {@code [kernel, channels]}
     * @param convolutionBias {@code [channels]}
     * @param decay per head, {@code -exp(A)}
     * @param stepBias per head
     * @param skip per head
     */
    public record Recurrent(
            int layer,
            RecurrentSpec spec,
            List<Linear> inputs,
            float[] convolution,
            float[] convolutionBias,
            float[] decay,
            float[] stepBias,
            float[] skip,
            @Nullable Norm norm,
            Linear output)
            implements Mixer {
        @Override
        public List<Linear> linears() {
            List<Linear> all = new ArrayList<>(inputs);
            all.add(output);
            return all;
        }
    }
}
