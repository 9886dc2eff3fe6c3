package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.adapter.Adapter;
import io.jandaia.model.adapter.Adapter.Change;
import io.jandaia.model.adapter.Adapter.LowRank;
import io.jandaia.model.adapter.FittedAdapter;
import io.jandaia.model.arch.Role;
import io.jandaia.model.format.Config;
import io.jandaia.model.format.PendingFolder;
import io.jandaia.model.format.TensorShape;
import io.jandaia.model.format.WeightsWriter;
import io.jandaia.model.nn.AdapterWeights;
import io.jandaia.model.nn.Batch;
import io.jandaia.model.nn.Decoder;
import io.jandaia.model.nn.InferenceOps;
import io.jandaia.model.nn.Weights;
import io.jandaia.model.state.KvLayout;
import io.jandaia.model.state.PagePool;
import io.jandaia.model.state.SequenceState;
import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.format.BlockFormat;
import io.jandaia.tensor.kernel.KernelSets;
import io.jandaia.tensor.kernel.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A model with an adapter built into its weights: {@code W' = W + scaling * (B A)} in float32, stored in the base's own type or
 * another. It no longer needs the adapter, and no longer allows another in its place.
 */
public final class MergedAdapter {

    /**
     * What is wanted of the result.
     *
     * @param type of the numbers; null for that of the base
     * @param shardBytes the most bytes of a file of weights
     * @param scale what the adapter's own strength is multiplied with
     */
    public record Options(@Nullable ElementType type, long shardBytes, double scale) {
        public static final Options DEFAULT = new Options(null, WeightsWriter.SHARD_BYTES, 1);
    }

    /**
     * What was made.
     *
     * @param changed tensors that differ from the base's
     * @param difference the largest between the logits of the base with the adapter beside it and of the result, over a few
     *     tokens: what the result's type of numbers costs
     */
    public record Result(int tensors, int changed, long bytes, float difference) {}

    private static final int CHUNK = 1 << 20;
    private static final int SAMPLE = 8;

    private final Adapter adapter;
    private final ModelFiles base;
    private final Options options;
    private final Map<String, Change> weights = new HashMap<>();
    private final Map<String, Change> biases = new HashMap<>();

    private MergedAdapter(Adapter adapter, ModelFiles base, Options options) {
        this.adapter = adapter;
        this.base = base;
        this.options = options;
    }

    /**
     * Merges an adapter into its base and writes the result as a folder in Hub layout, with the base's configuration and
     * tokenizer. The folder appears when it is complete.
     *
     * @throws JandaiaException USAGE when the adapter does not fit, UNSUPPORTED when the base is quantised or the merge cannot
     *     be stored in its layout, CANCELLED when the thread is interrupted
     */
    public static Result merge(Path base, Path adapter, Path out, Options options, Progress progress) {
        refuseQuantized(base);
        try (Adapter a = Adapter.open(adapter);
                ModelFiles files = ModelFiles.open(base, LoadOptions.DEFAULT);
                PendingFolder folder = PendingFolder.create(out)) {
            if (a.kind() == Adapter.Kind.GGUF) {
                throw JandaiaException.unsupported(
                        "Cannot merge " + adapter + " into " + base
                                + ": it is an adapter for GGUF files; use it beside one, or merge the adapter in PEFT's format.");
            }
            MergedAdapter work = new MergedAdapter(a, files, options);
            float[] beside = logits(files, a, options.scale);
            work.match();
            long bytes = work.write(folder.path(), progress);
            CompanionFiles.copy(base, folder.path(), options.type);
            float difference;
            try (ModelFiles made = ModelFiles.open(folder.path(), LoadOptions.DEFAULT)) {
                difference = largest(beside, logits(made, null, 1));
            }
            folder.commit();
            return new Result(files.tensors().size(), work.weights.size() + work.biases.size(), bytes, difference);
        }
    }

    private static void refuseQuantized(Path base) {
        String advice = "; merging into quantised weights would lose what the adapter has learned. Merge into the"
                + " unquantised model in 16 bits, then convert and quantise the result.";
        if (!Files.isDirectory(base)) {
            throw JandaiaException.unsupported("Cannot merge into " + base
                    + ": merge-adapter takes the base as a folder in Hub layout, not a GGUF file" + advice);
        }
        Path json = base.resolve("config.json");
        if (Files.exists(json) && Config.read(json).has("quantization_config")) {
            throw JandaiaException.unsupported("Cannot merge into " + base + ": it is quantised" + advice);
        }
    }

    /** The logits after each of a few tokens. */
    private static float[] logits(ModelFiles files, @Nullable Adapter adapter, double scale) {
        Kernels kernels = KernelSets.named("auto").kernels();
        KvLayout layout = InferenceOps.layout(files.spec());
        try (Arena arena = Arena.ofShared();
                ComputeTeam team = ComputeTeam.of(Runtime.getRuntime().availableProcessors())) {
            Decoder decoder =
                    Weights.decoder(files.spec(), files.tensors(), files.names(), kernels, Numerics.EXACT, arena);
            AdapterWeights fitted = adapter == null
                    ? null
                    : FittedAdapter.fit(adapter, files.family(), files.isGguf(), decoder, kernels, scale);
            int[] ids = IntStream.range(0, SAMPLE)
                    .map(i -> (int) (i * 7919L % files.spec().vocabulary()))
                    .toArray();
            try (PagePool pool = new PagePool(layout, Long.MAX_VALUE);
                    InferenceOps ops = new InferenceOps(files.spec(), layout, kernels, team);
                    SequenceState state = pool.open(fitted)) {
                state.reach(SAMPLE);
                state.reserve(SAMPLE);
                var hidden = decoder.forward(Batch.of(state, ids), ops);
                var rows = decoder.logits(hidden, IntStream.range(0, SAMPLE).toArray(), ops);
                float[] out = new float[SAMPLE * rows.cols()];
                for (int i = 0; i < SAMPLE; i++) {
                    System.arraycopy(rows.row(i), 0, out, i * rows.cols(), rows.cols());
                }
                return out;
            }
        }
    }

    private static float largest(float[] a, float[] b) {
        float max = 0;
        for (int i = 0; i < a.length; i++) {
            float difference = Math.abs(a[i] - b[i]);
            max = difference <= max ? max : difference; // not a number counts
        }
        return max;
    }

    /** Finds the tensors that change; that the adapter fits is known. */
    private void match() {
        for (Change c : adapter.changes()) {
            String tensor = tensorName(c.module());
            boolean shared = base.spec().head().tied() && (tensor == null || tensor.equals(tensorName(embedding())));
            if (tensor == null || shared) {
                throw JandaiaException.unsupported("Cannot merge " + adapter.path() + " into " + base.path()
                        + ": it changes '" + c.module() + "', "
                        + (shared
                                ? "and the base has one matrix for embedding and head, of which the adapter changes one."
                                        + " Use the adapter beside its base."
                                : "which is no tensor of its own in the base's files."));
            }
            if (c.weight() != null || c.lowRank() != null) {
                weights.put(tensor + ".weight", c);
            }
            LowRank l = c.lowRank();
            boolean upBias = l != null && l.upBias() != null;
            boolean decomposed = l != null && l.magnitude() != null;
            if (c.bias() != null || upBias) {
                if (!base.tensors().containsKey(tensor + ".bias") || (upBias && decomposed)) {
                    throw JandaiaException.unsupported("Cannot merge " + adapter.path() + " into " + base.path()
                            + ": it gives '" + c.module() + "' a bias that the base has no place for."
                            + " Use the adapter beside its base.");
                }
                biases.put(tensor + ".bias", c);
            }
        }
    }

    private String embedding() {
        return base.names().name(Role.EMBEDDING, 0, base.names().prefixes().getFirst(), n -> true);
    }

    /** The module's name in the base's files, which may have another prefix; null when there is none. */
    private @Nullable String tensorName(String module) {
        if (base.tensors().containsKey(module + ".weight")) {
            return module;
        }
        for (String from : base.names().prefixes()) {
            for (String to : base.names().prefixes()) {
                String name = module.startsWith(from) ? to + module.substring(from.length()) : "";
                if (base.tensors().containsKey(name + ".weight")) {
                    return name;
                }
            }
        }
        return null;
    }

    private long write(Path folder, Progress progress) {
        List<TensorShape> shapes = base.tensors().values().stream()
                .map(t -> new TensorShape(t.name(), options.type == null ? t.type() : options.type, t.shape()))
                .toList();
        long total = shapes.stream().mapToLong(TensorShape::bytes).sum();
        long done = 0;
        try (WeightsWriter writer = WeightsWriter.create(folder, shapes, options.shardBytes)) {
            progress.at(0, total);
            for (TensorShape shape : shapes) {
                StoredTensor t = base.tensors().get(shape.name());
                if (t == null) {
                    throw new IllegalStateException(shape.name());
                }
                writer.begin(t.name());
                // Whole rows at a time; a changed matrix that is stored transposed is made at once.
                long cols = t.shape().length == 2 ? t.shape()[1] : 1;
                boolean whole = weights.containsKey(t.name()) && transposed(t);
                long step = whole ? t.count() : Math.max(1, CHUNK / cols) * cols;
                for (long at = 0; at < t.count(); at += step) {
                    if (Thread.currentThread().isInterrupted()) {
                        throw new JandaiaException(JandaiaException.Kind.CANCELLED, "Merging was interrupted.");
                    }
                    int n = Math.toIntExact(Math.min(step, t.count() - at));
                    float[] values = decode(t, at, n);
                    values = changed(t, at, values);
                    done += append(writer, shape.type(), values);
                    progress.at(done, total);
                }
            }
            writer.finish();
        }
        return total;
    }

    private boolean transposed(StoredTensor t) {
        return base.names().transposed() && t.shape().length == 2 && !t.name().contains(embedding());
    }

    private static float[] decode(StoredTensor t, long from, int count) {
        BlockFormat format = t.type().format();
        if (format.elements() != 1) {
            throw JandaiaException.unsupported("Cannot merge: tensor '" + t.name() + "' is quantised to " + t.type()
                    + ". Merge into the unquantised model.");
        }
        float[] out = new float[count];
        format.decode(t.data(), from * format.bytes(), MemorySegment.ofArray(out), 0, count);
        return out;
    }

    private static long append(WeightsWriter writer, ElementType type, float[] values) {
        byte[] bytes = new byte[Math.toIntExact(type.bytes(values.length))];
        MemorySegment segment = MemorySegment.ofArray(bytes);
        type.format().encode(MemorySegment.ofArray(values), 0, segment, 0, values.length);
        writer.append(segment);
        return bytes.length;
    }

    /** The numbers of a tensor from place {@code at} on, with what the adapter changes of them. */
    private float[] changed(StoredTensor t, long at, float[] values) {
        Change bias = biases.get(t.name());
        if (bias != null) {
            float[] out = bias.bias() == null ? values : decode(bias.bias(), at, values.length);
            LowRank l = bias.lowRank();
            if (l != null && l.upBias() != null) {
                float[] up = l.upBias().toFloats();
                for (int i = 0; i < out.length; i++) {
                    out[i] += scaling(l) * up[(int) at + i];
                }
            }
            return out;
        }
        Change c = weights.get(t.name());
        if (c == null) {
            return values;
        }
        float[] out = c.weight() == null ? values : decode(c.weight(), at, values.length);
        LowRank l = c.lowRank();
        if (l == null) {
            return out;
        }
        int rows = (int) t.shape()[0];
        int cols = (int) t.shape()[1];
        if (l.embedding()) {
            // A is [rank, tokens] and B [width, rank]: W' = W + scaling * (B A)'
            add(
                    out,
                    (int) (at / cols),
                    cols,
                    flipped(l.down().toFloats(), l.rank(), rows),
                    flipped(l.up().toFloats(), cols, l.rank()),
                    l,
                    null);
        } else if (transposed(t)) {
            float[] straight = flipped(out, rows, cols);
            add(straight, 0, rows, l.up().toFloats(), l.down().toFloats(), l, magnitude(l));
            out = flipped(straight, cols, rows);
        } else {
            add(out, (int) (at / cols), cols, l.up().toFloats(), l.down().toFloats(), l, magnitude(l));
        }
        return out;
    }

    private static float @Nullable [] magnitude(LowRank l) {
        return l.magnitude() == null ? null : l.magnitude().toFloats();
    }

    private float scaling(LowRank l) {
        return (float) (l.scaling() * options.scale);
    }

    /** {@code W += scaling * up down} in rows from {@code first} on, then rows of the magnitudes if there are any. */
    private void add(
            float[] w, int first, int cols, float[] up, float[] down, LowRank l, float @Nullable [] magnitudes) {
        int rank = l.rank();
        float scaling = scaling(l);
        for (int i = 0; i * cols < w.length; i++) {
            for (int k = 0; k < rank; k++) {
                float f = scaling * up[(first + i) * rank + k];
                for (int j = 0; j < cols; j++) {
                    w[i * cols + j] += f * down[k * cols + j];
                }
            }
            if (magnitudes != null) {
                double sum = 0;
                for (int j = 0; j < cols; j++) {
                    sum += (double) w[i * cols + j] * w[i * cols + j];
                }
                float factor = (float) (magnitudes[first + i] / Math.sqrt(sum));
                for (int j = 0; j < cols; j++) {
                    w[i * cols + j] *= factor;
                }
            }
        }
    }

    private static float[] flipped(float[] m, int rows, int cols) {
        float[] out = new float[m.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < cols; j++) {
                out[j * rows + i] = m[i * cols + j];
            }
        }
        return out;
    }
}
