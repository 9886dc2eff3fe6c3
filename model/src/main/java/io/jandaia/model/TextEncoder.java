package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.engine.Pooling;
import io.jandaia.model.nn.Batch;
import io.jandaia.model.nn.Encoder;
import io.jandaia.model.nn.InferenceOps;
import io.jandaia.tensor.Matrix;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Computes texts with an encoder: many at once without padding, in batches whose size bounds the memory. Any number of
 * threads may call: while one computes a batch, the texts of the others gather, and the next batch takes some of each. What
 * a text gets does not depend on the others.
 */
final class TextEncoder implements AutoCloseable {

    /** Tokens in one batch, unless a single text has more. */
    private static final int BATCH_TOKENS = 2048;

    private final Encoder encoder;
    private final InferenceOps ops;
    /** Held by the thread that computes a batch, which may be another's. */
    private final ReentrantLock turn = new ReentrantLock(true);

    /** Those with texts left, the one whose turn it is first; guarded by itself. */
    private final Deque<Job<?>> waiting = new ArrayDeque<>();

    private final Map<Pooling, Use<float[]>> pooled = new EnumMap<>(Pooling.class);
    private final Use<float[][]> hidden = this::hidden;
    private final Use<float[]> outputs = this::outputs;
    private boolean closed;

    TextEncoder(Encoder encoder, InferenceOps ops) {
        this.encoder = encoder;
        this.ops = ops;
        for (Pooling p : Pooling.values()) {
            pooled.put(p, (batch, h) -> pooled(batch, h, p));
        }
    }

    Encoder encoder() {
        return encoder;
    }

    /** What is made of a batch. Texts are computed together with those that have the same one. */
    interface Use<T> {
        /** One result for each text of the batch. */
        List<T> of(Batch batch, Matrix hidden);
    }

    /** The texts of one caller. Changed by the thread whose turn it is. */
    private static final class Job<T> {
        private final List<TextTokens> texts;
        private final Use<T> use;
        private final List<T> results = new ArrayList<>();
        private @Nullable Throwable failure;

        Job(List<TextTokens> texts, Use<T> use) {
            this.texts = texts;
            this.use = use;
        }

        boolean done() {
            return failure != null || results.size() == texts.size();
        }

        /** Its text after the next {@code ahead}; null when there is none. */
        @Nullable
        TextTokens text(int ahead) {
            int i = results.size() + ahead;
            return i < texts.size() ? texts.get(i) : null;
        }
    }

    /** One vector for each text. */
    List<float[]> pooled(List<TextTokens> texts, Pooling pooling) {
        return each(texts, Objects.requireNonNull(pooled.get(pooling)));
    }

    private List<float[]> pooled(Batch batch, Matrix hidden, Pooling pooling) {
        Matrix m = switch (pooling) {
            case MEAN -> ops.means(hidden);
            case CLS -> ops.rows(hidden, rows(batch, Batch.Slice::row));
            case LAST -> ops.rows(hidden, rows(batch, s -> s.row() + s.count() - 1));
        };
        return IntStream.range(0, m.rows()).mapToObj(m::row).toList();
    }

    private static int[] rows(Batch batch, Function<Batch.Slice, Integer> row) {
        return batch.slices().stream().map(row).mapToInt(Integer::intValue).toArray();
    }

    /** The hidden states of each text, {@code [tokens, dim]}. */
    List<float[][]> hidden(List<TextTokens> texts) {
        return each(texts, hidden);
    }

    private List<float[][]> hidden(Batch batch, Matrix hidden) {
        return batch.slices().stream()
                .map(s -> IntStream.range(s.row(), s.row() + s.count())
                        .mapToObj(hidden::row)
                        .toArray(float[][]::new))
                .toList();
    }

    /** What the task makes of each text as a whole. */
    List<float[]> outputs(List<TextTokens> texts) {
        return each(texts, outputs);
    }

    private List<float[]> outputs(Batch batch, Matrix hidden) {
        Matrix m = encoder.outputs(batch, hidden, new int[0], ops);
        return IntStream.range(0, m.rows()).mapToObj(m::row).toList();
    }

    /** What the task makes of chosen tokens of each text, {@code [chosen, outputs]}. */
    List<float[][]> outputs(List<TextTokens> texts, Function<TextTokens, int[]> chosen) {
        List<int[]> left = new ArrayList<>(texts.stream().map(chosen).toList());
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

    /**
     * Computes texts, some of them perhaps on the thread of another caller.
     *
     * @throws JandaiaException CANCELLED when the thread is interrupted or the model is closed
     */
    <T> List<T> each(List<TextTokens> texts, Use<T> use) {
        Job<T> job = new Job<>(texts, use);
        synchronized (waiting) {
            waiting.add(job);
        }
        try {
            boolean done = texts.isEmpty();
            while (!done) {
                turn.lockInterruptibly();
                try {
                    if (!job.done()) {
                        step();
                    }
                    done = job.done();
                } finally {
                    turn.unlock();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JandaiaException(
                    JandaiaException.Kind.CANCELLED,
                    "Interrupted before all of " + texts.size() + " texts were computed.",
                    e);
        } finally {
            synchronized (waiting) {
                waiting.remove(job);
            }
        }
        if (job.failure instanceof Error e) {
            throw e;
        }
        if (job.failure instanceof RuntimeException e) {
            throw e;
        }
        return job.results;
    }

    /** Callers that wait or compute. */
    int callers() {
        synchronized (waiting) {
            return waiting.size();
        }
    }

    /** Computes one batch, for those who have waited longest and all who want the same of theirs. */
    private void step() {
        if (closed) {
            throw new JandaiaException(JandaiaException.Kind.CANCELLED, "The model is closed.");
        }
        List<Job<?>> jobs;
        synchronized (waiting) {
            waiting.removeIf(Job::done);
            Job<?> first = waiting.removeFirst();
            waiting.addLast(first); // next time it is another's turn
            jobs = new ArrayList<>(waiting.stream()
                    .filter(j -> j.use.equals(first.use) && !j.equals(first))
                    .toList());
            jobs.addFirst(first);
        }
        Map<Job<?>, Integer> counts = counts(jobs);
        try {
            compute(counts);
        } catch (RuntimeException | Error e) {
            if (counts.size() == 1) {
                jobs.getFirst().failure = e;
            } else {
                counts.forEach(this::computeAlone);
            }
        }
    }

    /** One caller's defect is its own. */
    private void computeAlone(Job<?> job, int count) {
        try {
            compute(Map.of(job, count));
        } catch (RuntimeException | Error e) {
            job.failure = e;
        }
    }

    /** How many texts of each caller are in the next batch: one of each in turn, as long as there is room. */
    private static Map<Job<?>, Integer> counts(List<Job<?>> jobs) {
        Map<Job<?>, Integer> counts = new LinkedHashMap<>();
        int tokens = 0;
        List<Job<?>> open = new ArrayList<>(jobs);
        while (!open.isEmpty()) {
            for (Job<?> job : List.copyOf(open)) {
                TextTokens text = job.text(counts.getOrDefault(job, 0));
                if (text == null || (tokens > 0 && tokens + text.size() > BATCH_TOKENS)) {
                    open.remove(job);
                } else {
                    tokens += text.size();
                    counts.merge(job, 1, Integer::sum);
                }
            }
        }
        return counts;
    }

    /** Computes the next texts of each, all of whom have the same use. */
    private void compute(Map<Job<?>, Integer> counts) {
        Batch.Builder builder = Batch.builder();
        counts.forEach((job, count) -> {
            for (TextTokens text : job.texts.subList(job.results.size(), job.results.size() + count)) {
                builder.addText(text.ids(), text.types());
            }
        });
        Batch batch = builder.build();
        List<?> results = counts.keySet().iterator().next().use.of(batch, encoder.forward(batch, ops));
        int from = 0;
        for (Map.Entry<Job<?>, Integer> e : counts.entrySet()) {
            add(e.getKey(), results.subList(from, from + e.getValue()));
            from += e.getValue();
        }
    }

    @SuppressWarnings("unchecked") // they come from its own use
    private static <T> void add(Job<T> job, List<?> results) {
        job.results.addAll((List<T>) results);
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
