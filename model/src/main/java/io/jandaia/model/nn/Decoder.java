package io.jandaia.model.nn;

import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.tensor.Matrix;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A transformer that goes on with a sequence: its spec and its weights. One definition, computed by whatever {@link Ops} are given.
 */
public final class Decoder implements Network {

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

    List<Layer> layers() {
        return layers;
    }

    @Override
    public DecoderSpec spec() {
        return spec;
    }

    /** The embedding of tokens, {@code [vocabulary, width]}. */
    public Linear embeddingTable() {
        return embedding.table();
    }

    Embedding embedding() {
        return embedding;
    }

    Head head() {
        return head;
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
        Blocks.compute(layers, x, ops);
        for (Batch.Slice slice : batch.slices()) {
            slice.state().advance(slice.count());
        }
        return Blocks.normed(finalNorm, x, ops);
    }

    /** The logits {@code [rows.length, vocabulary]} of the chosen rows of {@code hidden}, valid until the next forward. */
    public Matrix logits(Matrix hidden, int[] rows, Ops ops) {
        return ops.logits(head, ops.rows(hidden, rows));
    }

    /** Bytes of weights read to compute one token: what decoding is bound by. */
    public long bytesPerToken() {
        ToDoubleFunction<Linear> bytes = l -> l.weight().bytes();
        return (long) (perToken(bytes) + bytes.applyAsDouble(head.output()));
    }

    /** What one token needs of the weights of the layers, summed; of experts the share that is chosen. */
    public double perToken(ToDoubleFunction<Linear> measure) {
        return layers.stream().mapToDouble(l -> l.perToken(measure)).sum();
    }

    /** The weights that the logits need on top. */
    public Linear output() {
        return head.output();
    }

    @Override
    public Stream<Linear> weights() {
        return Stream.concat(Stream.of(head.output()), layers.stream().flatMap(Layer::linears));
    }
}
