package io.jandaia.model.nn;

import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.Numerics;
import java.util.List;
import java.util.stream.Stream;

/**
 * A decoder-only transformer: its spec and its weights. One definition, computed by whatever {@link Ops} are given.
 */
public final class Decoder {

    private final DecoderSpec spec;
    private final Linear embedding;
    private final List<Layer> layers;
    private final Layer.Norm finalNorm;
    private final Linear head;

    public Decoder(DecoderSpec spec, Linear embedding, List<Layer> layers, Layer.Norm finalNorm, Linear head) {
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
            Matrix queries = ops.qkvRope(layer.attention(), ops.norm(layer.attentionNorm(), x));
            Matrix seen = ops.attend(layer.attention(), queries);
            x = ops.add(x, ops.linear(layer.attention().output(), seen));
            x = ops.add(x, ops.gatedMlp(layer.mlp(), ops.norm(layer.mlpNorm(), x)));
            ops.release(mark);
        }
        for (Batch.Slice slice : batch.slices()) {
            slice.state().advance(slice.count());
        }
        return ops.norm(finalNorm, x);
    }

    /** The logits {@code [rows.length, vocabulary]} of the chosen rows of {@code hidden}, valid until the next forward. */
    public Matrix logits(Matrix hidden, int[] rows, Ops ops) {
        return ops.linear(head, ops.rows(hidden, rows));
    }

    /** Bytes of weights read to compute one token: what decoding is bound by. */
    public long bytesPerToken() {
        return weights().mapToLong(w -> w.weight().bytes()).sum();
    }

    /** How products are computed: FAST if that was asked for and any weight's kernels and type allow it. */
    public Numerics numerics() {
        return weights().anyMatch(w -> w.weight().numerics() == Numerics.FAST) ? Numerics.FAST : Numerics.EXACT;
    }

    private Stream<Linear> weights() {
        return Stream.concat(Stream.of(head), layers.stream().flatMap(l -> {
            Layer.Attention a = l.attention();
            Layer.Mlp m = l.mlp();
            return Stream.of(a.query(), a.key(), a.value(), a.output(), m.gate(), m.up(), m.down());
        }));
    }
}
