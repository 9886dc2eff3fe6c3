package io.jandaia.model.nn;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.EncoderSpec;
import io.jandaia.tensor.Matrix;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A transformer that reads whole texts: its spec and its weights. Nothing of a text is remembered after the call, and of each
 * layer's keys and values only while it is computed.
 */
public final class Encoder implements Network {

    private final EncoderSpec spec;
    private final Embedding embedding;
    private final List<Layer> layers;
    private final Layer.@Nullable Norm finalNorm;
    private final @Nullable TaskHead task;

    public Encoder(
            EncoderSpec spec,
            Embedding embedding,
            List<Layer> layers,
            Layer.@Nullable Norm finalNorm,
            @Nullable TaskHead task) {
        this.spec = spec;
        this.embedding = embedding;
        this.layers = List.copyOf(layers);
        this.finalNorm = finalNorm;
        this.task = task;
    }

    @Override
    public EncoderSpec spec() {
        return spec;
    }

    /** The hidden states {@code [rows, dim]} of a batch of texts, valid until the next call. */
    public Matrix forward(Batch texts, Ops ops) {
        for (Batch.Slice s : texts.slices()) {
            if (s.count() > spec.contextLength()) {
                throw JandaiaException.usage("A text has " + s.count() + " tokens; the model reads at most "
                        + spec.contextLength() + ". Shorten the text.");
            }
        }
        ops.begin(texts);
        Matrix x = ops.embed(embedding);
        Blocks.compute(layers, x, ops);
        return Blocks.normed(finalNorm, x, ops);
    }

    /**
     * What the task makes of hidden states.
     *
     * @param rows which it is asked for; a task that looks at the first row of a text or at the mean of all takes one row for
     *     each text instead
     * @return {@code [rows or texts, outputs]}, valid until the next call
     */
    public Matrix outputs(Batch texts, Matrix hidden, int[] rows, Ops ops) {
        TaskHead head = Objects.requireNonNull(task, "the model has no task");
        Matrix seen = switch (head.spec().view()) {
            case EACH -> ops.rows(hidden, rows);
            case FIRST ->
                ops.rows(
                        hidden,
                        texts.slices().stream().mapToInt(Batch.Slice::row).toArray());
            case MEAN -> ops.means(hidden);
        };
        if (head.transform() != null && head.spec().transform() != null) {
            seen = ops.linear(head.transform(), seen);
            ops.activate(head.spec().transform().activation(), seen);
            seen = Blocks.normed(head.norm(), seen, ops);
        }
        return ops.linear(head.output(), seen);
    }

    @Override
    public Stream<Linear> weights() {
        return Stream.concat(
                layers.stream().flatMap(Layer::linears), task == null ? Stream.of() : Stream.of(task.output()));
    }
}
