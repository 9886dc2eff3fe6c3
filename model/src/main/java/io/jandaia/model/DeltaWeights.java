package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.VocabularyResize.NewRows;
import io.jandaia.model.format.Config;
import io.jandaia.model.format.ModelFolder;
import io.jandaia.model.format.PendingFolder;
import io.jandaia.model.format.TensorShape;
import io.jandaia.model.format.WeightsWriter;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.format.BlockFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Models that were published as the difference to another one, as Alpaca and the first Vicunas were: base + delta, tensor
 * by tensor, in float32.
 */
public final class DeltaWeights {

    /**
     * What is wanted of the result.
     *
     * @param type of the numbers; null for that of the delta
     * @param newRows what the base is given for token ids that only the delta has: Alpaca was made with the mean of the other
     *     rows, the first Vicuna with zeros
     * @param shardBytes the most bytes of a file of weights
     * @param expectedSum the sum of all numbers of the result, to within {@link #SUM_TOLERANCE}; null when none is known.
     *     Alpaca 7B's is 50637.1836
     */
    public record Options(
            @Nullable ElementType type,
            NewRows newRows,
            long shardBytes,
            @Nullable Double expectedSum) {
        public static final Options DEFAULT = new Options(null, NewRows.MEAN, WeightsWriter.SHARD_BYTES, null);
    }

    /**
     * What was made.
     *
     * @param sum of all numbers, as Alpaca's script adds them: each tensor, then the tensors one by one in float32
     * @param notes what the user should know, a sentence each
     */
    public record Result(int tensors, long bytes, float sum, List<String> notes) {}

    /** How far the sum may be off, as in Alpaca's script. */
    public static final double SUM_TOLERANCE = 0.01;

    private static final int CHUNK = 1 << 20;

    /** Tables of rotary positions, which old checkpoints hold although they follow from the configuration. */
    private static final Pattern DERIVED = Pattern.compile(".*rotary_emb\\.inv_freq");

    private final ModelFolder base;
    private final ModelFolder delta;
    private final Options options;
    private final List<String> notes = new ArrayList<>();
    private float sum;

    private DeltaWeights(ModelFolder base, ModelFolder delta, Options options) {
        this.base = base;
        this.delta = delta;
        this.options = options;
    }

    /**
     * Adds a delta to its base and writes the result as a folder in Hub layout, with the delta's configuration and tokenizer.
     * The folder appears when it is complete. Takes a few megabytes of memory.
     *
     * @throws JandaiaException USAGE when base and delta do not fit together, naming the tensors; FORMAT when the sum is not
     *     the expected one; CANCELLED when the thread is interrupted
     */
    public static Result apply(Path base, Path delta, Path out, Options options, Progress progress) {
        try (ModelFolder b = ModelFolder.open(base);
                ModelFolder d = ModelFolder.open(delta);
                PendingFolder folder = PendingFolder.create(out)) {
            DeltaWeights work = new DeltaWeights(b, d, options);
            List<StoredTensor> tensors = work.matched();
            long bytes = work.write(tensors, folder.path(), progress);
            work.checkSum();
            CompanionFiles.copy(delta, folder.path(), options.type);
            folder.commit();
            return new Result(tensors.size(), bytes, work.sum, List.copyOf(work.notes));
        }
    }

    /** The delta's tensors, after checking that each has a partner; none of the base is left over. */
    private List<StoredTensor> matched() {
        Map<String, StoredTensor> from = base.file().tensors();
        List<String> problems = new ArrayList<>();
        List<StoredTensor> tensors = new ArrayList<>();
        int derived = 0;
        base.file().unsupported().forEach((name, type) -> problems.add(name + " is of type " + type + " in the base"));
        delta.file()
                .unsupported()
                .forEach((name, type) -> problems.add(name + " is of type " + type + " in the delta"));
        for (StoredTensor d : delta.file().tensors().values()) {
            StoredTensor b = from.get(d.name());
            if (b == null && DERIVED.matcher(d.name()).matches()) {
                derived++;
            } else if (b == null) {
                problems.add(d.name() + " is not in the base");
            } else if (!d.type().computable() || !b.type().computable()) {
                problems.add(d.name() + " is of type " + b.type() + " in the base and " + d.type() + " in the delta");
            } else if (!sameShape(b, d, 0) && !grows(b, d)) {
                problems.add(d.name() + " has the shape " + b.shapeText() + " in the base and " + d.shapeText()
                        + " in the delta");
            } else {
                tensors.add(d);
            }
        }
        for (String name : from.keySet()) {
            if (!delta.file().tensors().containsKey(name)
                    && !delta.file().unsupported().containsKey(name)) {
                if (DERIVED.matcher(name).matches()) {
                    derived++;
                } else {
                    problems.add(name + " is not in the delta");
                }
            }
        }
        if (!problems.isEmpty()) {
            throw JandaiaException.usage("Cannot add the delta " + delta.path() + " to the base " + base.path() + ": "
                    + problems.size() + " tensors do not fit, "
                    + String.join("; ", problems.subList(0, Math.min(5, problems.size())))
                    + (problems.size() > 5 ? "; ..." : "") + ". Use the base that the delta was made from.");
        }
        if (derived > 0) {
            notes.add("Left out were " + derived
                    + " tensors rotary_emb.inv_freq that only one side has: they follow from" + " the configuration.");
        }
        return tensors;
    }

    private static boolean sameShape(StoredTensor a, StoredTensor b, int from) {
        if (a.shape().length != b.shape().length) {
            return false;
        }
        for (int i = from; i < a.shape().length; i++) {
            if (a.shape()[i] != b.shape()[i]) {
                return false;
            }
        }
        return true;
    }

    /** Whether a tensor has a row for each token, and the delta has more tokens. */
    private boolean grows(StoredTensor b, StoredTensor d) {
        return sameShape(b, d, 1)
                && b.shape().length > 0
                && b.shape()[0] < d.shape()[0]
                && rows(base.config()) == b.shape()[0]
                && rows(delta.config()) == d.shape()[0];
    }

    private static long rows(Config config) {
        return config.text().integer("vocab_size", -1);
    }

    private long write(List<StoredTensor> tensors, Path folder, Progress progress) {
        List<TensorShape> shapes = tensors.stream()
                .map(t -> new TensorShape(t.name(), options.type == null ? t.type() : options.type, t.shape()))
                .toList();
        long total = shapes.stream().mapToLong(TensorShape::bytes).sum();
        long done = 0;
        try (WeightsWriter writer = WeightsWriter.create(folder, shapes, options.shardBytes);
                Arena arena = Arena.ofConfined()) {
            MemorySegment left = arena.allocate(4L * CHUNK, 64);
            MemorySegment right = arena.allocate(4L * CHUNK, 64);
            MemorySegment bytes = arena.allocate(4L * CHUNK, 64);
            progress.at(0, total);
            for (int i = 0; i < shapes.size(); i++) {
                StoredTensor d = tensors.get(i);
                StoredTensor b = base.file().tensor(d.name());
                float[] newRow = newRow(b, d);
                ElementType type = shapes.get(i).type();
                writer.begin(d.name());
                double own = 0;
                for (long at = 0; at < d.count(); at += CHUNK) {
                    if (Thread.currentThread().isInterrupted()) {
                        throw new JandaiaException(
                                JandaiaException.Kind.CANCELLED, "Adding the delta was interrupted.");
                    }
                    int n = (int) Math.min(CHUNK, d.count() - at);
                    int known = (int) Math.clamp(b.count() - at, 0L, n);
                    decode(b, at, known, left);
                    for (int k = known; k < n; k++) {
                        left.setAtIndex(ValueLayout.JAVA_FLOAT, k, newRow[(int) ((at + k) % newRow.length)]);
                    }
                    decode(d, at, n, right);
                    own += add(left, right, n);
                    type.format().encode(left, 0, bytes, 0, n);
                    MemorySegment part = bytes.asSlice(0, type.bytes(n));
                    writer.append(part);
                    done += part.byteSize();
                    progress.at(done, total);
                }
                sum += (float) own;
            }
            writer.finish();
        }
        return total;
    }

    /** What the rows of {@code d} hold that {@code b} lacks; empty when it lacks none. */
    private float[] newRow(StoredTensor b, StoredTensor d) {
        if (sameShape(b, d, 0)) {
            return new float[0];
        }
        notes.add("The base has no rows for " + (d.shape()[0] - b.shape()[0]) + " tokens of the delta in '" + d.name()
                + "'; " + (options.newRows == NewRows.MEAN ? "the mean of its other rows was" : "zeros were")
                + " taken.");
        return VocabularyResize.newRow(b, options.newRows);
    }

    private static void decode(StoredTensor t, long from, int count, MemorySegment floats) {
        BlockFormat format = t.type().format();
        format.decode(t.data(), from * format.bytes(), floats, 0, count);
    }

    /** Adds the second to the first; the sum of the results. */
    private static double add(MemorySegment left, MemorySegment right, int count) {
        double sum = 0;
        for (long i = 0; i < count; i++) {
            float v = left.getAtIndex(ValueLayout.JAVA_FLOAT, i) + right.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            left.setAtIndex(ValueLayout.JAVA_FLOAT, i, v);
            sum += v;
        }
        return sum;
    }

    private void checkSum() {
        Double expected = options.expectedSum;
        if (expected != null && !(Math.abs(sum - expected) <= SUM_TOLERANCE)) {
            throw JandaiaException.format(String.format(
                    Locale.ROOT,
                    "The sum of all numbers of the result is %.4f, expected %.4f within %.2f: the base %s or the delta %s"
                            + " is damaged or another one; nothing was kept.",
                    sum,
                    expected,
                    SUM_TOLERANCE,
                    base.path(),
                    delta.path()));
        }
    }
}
