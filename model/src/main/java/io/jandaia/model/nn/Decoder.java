package io.jandaia.model.nn;

import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.tensor.Matrix;
import java.util.List;

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
        long sum = head.weight().bytes();
        for (Layer l : layers) {
            Layer.Attention a = l.attention();
            for (Linear w : List.of(
                    a.query(),
                    a.key(),
                    a.value(),
                    a.output(),
                    l.mlp().gate(),
                    l.mlp().up(),
                    l.mlp().down())) {
                sum += w.weight().bytes();
            }
        }
        return sum;
    }
}
