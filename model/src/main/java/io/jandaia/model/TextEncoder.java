package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.engine.Pooling;
import io.jandaia.model.nn.Batch;
import io.jandaia.model.nn.Encoder;
import io.jandaia.model.nn.InferenceOps;
import io.jandaia.tensor.Matrix;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Computes texts with an encoder: many at once without padding, in batches whose size bounds the memory. Any number of
 * threads may call; their batches take turns.
 */
final class TextEncoder implements AutoCloseable {

    /** Tokens in one batch, unless a single text has more. */
    private static final int BATCH_TOKENS = 2048;

    private final Encoder encoder;
    private final InferenceOps ops;
    private final ReentrantLock turn = new ReentrantLock(true);
    private boolean closed;

    TextEncoder(Encoder encoder, InferenceOps ops) {
        this.encoder = encoder;
        this.ops = ops;
    }

    Encoder encoder() {
        return encoder;
    }

    /** One vector for each text. */
    List<float[]> pooled(List<TextTokens> texts, Pooling pooling) {
        return each(texts, (batch, hidden) -> {
            Matrix m = switch (pooling) {
                case MEAN -> ops.means(hidden);
                case CLS -> ops.rows(hidden, rows(batch, Batch.Slice::row));
                case LAST -> ops.rows(hidden, rows(batch, s -> s.row() + s.count() - 1));
            };
            return IntStream.range(0, m.rows()).mapToObj(m::row).toList();
        });
    }

    private static int[] rows(Batch batch, Function<Batch.Slice, Integer> row) {
        return batch.slices().stream().map(row).mapToInt(Integer::intValue).toArray();
    }

    /** The hidden states of each text, {@code [tokens, dim]}. */
    List<float[][]> hidden(List<TextTokens> texts) {
        return each(
                texts,
                (batch, hidden) -> batch.slices().stream()
                        .map(s -> IntStream.range(s.row(), s.row() + s.count())
                                .mapToObj(hidden::row)
                                .toArray(float[][]::new))
                        .toList());
    }

    /** What the task makes of each text as a whole. */
    List<float[]> outputs(List<TextTokens> texts) {
        return each(texts, (batch, hidden) -> {
            Matrix m = encoder.outputs(batch, hidden, new int[0], ops);
            return IntStream.range(0, m.rows()).mapToObj(m::row).toList();
        });
    }

    /** What the task makes of chosen tokens of each text, {@code [chosen, outputs]}. */
    List<float[][]> outputs(List<TextTokens> texts, Function<TextTokens, int[]> chosen) {
        List<int[]> all = texts.stream().map(chosen).toList();
        List<int[]> left = new ArrayList<>(all);
        return each(
                texts,
                (batch, hidden) -> batch.slices().stream()
                        .map(s -> {
                            int[] rows = left.removeFirst().clone();
                            for (int i = 0; i < rows.length; i++) {
                                rows[i] += s.row();
                            }
                            long mark = ops.mark();
                            Matrix m = encoder.outputs(batch, hidden, rows, ops);
                            float[][] out = IntStream.range(0, m.rows())
                                    .mapToObj(m::row)
                                    .toArray(float[][]::new);
                            ops.release(mark);
                            return out;
                        })
                        .toList());
    }

    private interface Use<T> {
        /** One result for each text of the batch. */
        List<T> of(Batch batch, Matrix hidden);
    }

    private <T> List<T> each(List<TextTokens> texts, Use<T> use) {
        List<T> out = new ArrayList<>();
        int from = 0;
        while (from < texts.size()) {
            Batch.Builder builder = Batch.builder();
            int to = from;
            while (to < texts.size()
                    && (to == from || builder.size() + texts.get(to).size() <= BATCH_TOKENS)) {
                builder.addText(texts.get(to).ids(), texts.get(to).types());
                to++;
            }
            Batch batch = builder.build();
            turn.lock();
            try {
                if (closed) {
                    throw new JandaiaException(JandaiaException.Kind.CANCELLED, "The model is closed.");
                }
                if (Thread.currentThread().isInterrupted()) {
                    throw new JandaiaException(
                            JandaiaException.Kind.CANCELLED,
                            "Interrupted after " + from + " of " + texts.size() + " texts.");
                }
                out.addAll(use.of(batch, encoder.forward(batch, ops)));
            } finally {
                turn.unlock();
            }
            from = to;
        }
        return out;
    }

    /** Waits for the batch that is being computed. */
    @Override
    public void close() {
        turn.lock();
        try {
            closed = true;
            ops.close();
        } finally {
            turn.unlock();
        }
    }
}
