package io.jandaia.model.nn;

import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.Numerics;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A decoder-only transformer: its spec and its weights. One definition, computed by whatever {@link Ops} are given.
 */
public final class Decoder {

    private final DecoderSpec spec;
    private final Embedding embedding;
    private final List<Layer> layers;
    private final Layer.@Nullable Norm finalNorm;
    private final Head head;

    public Decoder(
            DecoderSpec spec, Embedding embedding, List<Layer> layers, Layer.@Nullable Norm finalNorm, Head head) {
        this.spec = spec;
        this.embedding = embedding;
        this.layers = List.copyOf(layers);
        this.finalNorm = finalNorm;
        this.head = head;
    }

    public DecoderSpec spec() {
        return spec;
    }

    /**
     * Computes the next tokens of every sequence in the batch, which must have room for them ({@link
     * io.jandaia.model.state.SequenceState#reserve}), and advances their states.
     *
     * @return the hidden states {@code [rows, dim]}, valid until the next call
     */
    public Matrix forward(Batch batch, Ops ops) {
        ops.begin(batch);
        Matrix x = ops.embed(embedding);
        for (Layer layer : layers) {
            long mark = ops.mark();
            block(layer, x, ops);
            ops.release(mark);
        }
        for (Batch.Slice slice : batch.slices()) {
            slice.state().advance(slice.count());
        }
        return normed(finalNorm, x, ops);
    }

    /** One block changes x in its own place. */
    private static void block(Layer layer, Matrix x, Ops ops) {
        float scale = layer.spec().residualScale();
        Matrix in = normed(layer.mixerIn(), x, ops);
        Matrix mixed = mix(layer.mixer(), in, ops);
        switch (layer.spec().residual()) {
            case SEQUENTIAL -> {
                ops.add(x, normed(layer.mixerOut(), mixed, ops), scale);
                Matrix fed = feed(layer.feedForward(), normed(layer.feedForwardIn(), x, ops), ops);
                ops.add(x, normed(layer.feedForwardOut(), fed, ops), scale);
            }
            case PARALLEL -> {
                Layer.Norm second = layer.feedForwardIn();
                Matrix fed = feed(layer.feedForward(), second == null ? in : ops.norm(second, x), ops);
                ops.add(x, mixed, scale);
                ops.add(x, fed, scale);
            }
            case POST_NORM -> {
                ops.add(x, mixed, scale);
                normInPlace(layer.mixerOut(), x, ops);
                ops.add(x, feed(layer.feedForward(), x, ops), scale);
                normInPlace(layer.feedForwardOut(), x, ops);
            }
        }
    }

    private static Matrix mix(Layer.Mixer mixer, Matrix x, Ops ops) {
        return switch (mixer) {
            case Layer.Attention a -> {
                Matrix seen = ops.attend(a, ops.qkvRope(a, x));
                yield ops.linear(a.output(), a.gate() == null ? seen : ops.gated(a.gate(), x, seen));
            }
            case Layer.Recurrent r -> ops.linear(r.output(), ops.recur(r, x));
            case Layer.LatentAttention a -> ops.linear(a.output(), ops.latentAttend(a, x));
        };
    }

    private static Matrix feed(Layer.FeedForward part, Matrix x, Ops ops) {
        return switch (part) {
            case Layer.Mlp m -> ops.mlp(m, x);
            case Layer.Experts e -> ops.experts(e, x);
        };
    }

    private static Matrix normed(Layer.@Nullable Norm norm, Matrix x, Ops ops) {
        return norm == null ? x : ops.norm(norm, x);
    }

    private static void normInPlace(Layer.@Nullable Norm norm, Matrix x, Ops ops) {
        if (norm != null) {
            ops.normInPlace(norm, x);
        }
    }

    /** The logits {@code [rows.length, vocabulary]} of the chosen rows of {@code hidden}, valid until the next forward. */
    public Matrix logits(Matrix hidden, int[] rows, Ops ops) {
        return ops.logits(head, ops.rows(hidden, rows));
    }

    /** Bytes of weights read to compute one token: what decoding is bound by. */
    public long bytesPerToken() {
        return head.output().weight().bytes()
                + layers.stream()
                        .mapToLong(
                                l -> l.mixer().bytesPerToken() + l.feedForward().bytesPerToken())
                        .sum();
    }

    /** How products are computed: FAST if that was asked for and any weight's kernels and type allow it. */
    public Numerics numerics() {
        return weights().anyMatch(w -> w.weight().numerics() == Numerics.FAST) ? Numerics.FAST : Numerics.EXACT;
    }

    private Stream<Linear> weights() {
        return Stream.concat(
                Stream.of(head.output()),
                layers.stream()
                        .flatMap(l -> Stream.of(
                                        l.mixer().linears(), l.feedForward().linears())
                                .flatMap(List::stream)));
    }
}
