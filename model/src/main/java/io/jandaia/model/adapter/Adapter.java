package io.jandaia.model.adapter;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.format.Gguf;
import io.jandaia.model.format.ModelFile;
import io.jandaia.tensor.StoredTensor;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An adapter as its files have it: for each module of a base model what is changed of it. Unchangeable; valid until it is
 * closed.
 */
public final class Adapter implements AutoCloseable {

    /** Whose files it is in, and so whose names its modules have. */
    public enum Kind {
        /** A folder of the PEFT library, with the names of Hub checkpoints. */
        PEFT,
        /** A file of llama.cpp, with the names of GGUF files. */
        GGUF
    }

    /**
     * A change of low rank: {@code scaling * up(down(x))}.
     *
     * @param down {@code [rank, inputs]}; of an embedding, in the direction of {@link #downByRow}
     * @param up {@code [outputs, rank]}
     * @param upBias {@code [outputs]}; null = none
     * @param magnitude {@code [outputs]} of weight-decomposed adaptation; null = it is none
     * @param downByRow whether down is {@code [vocabulary, rank]}, for an embedding
     */
    public record LowRank(
            StoredTensor down,
            StoredTensor up,
            @Nullable StoredTensor upBias,
            @Nullable StoredTensor magnitude,
            double scaling,
            boolean embedding,
            boolean downByRow) {

        public int rank() {
            return (int) up.shape()[up.shape().length - 1];
        }
    }

    /**
     * What is changed of one module; at least one of the three.
     *
     * @param module its path, such as {@code model.layers.0.self_attn.q_proj} or {@code blk.0.attn_q}
     * @param weight that takes the place of the module's own
     * @param bias likewise
     */
    public record Change(
            String module,
            @Nullable LowRank lowRank,
            @Nullable StoredTensor weight,
            @Nullable StoredTensor bias) {}

    private static final long MAX_RANK = 1 << 16;

    /** Beyond what anybody trains with; results would be infinite. */
    private static final double MAX_SCALING = 1e6;

    private final Path path;
    private final Kind kind;
    private final String base;
    private final Map<String, Change> changes;
    private final List<String> notes;
    private final ModelFile file;

    Adapter(Path path, Kind kind, String base, Map<String, Change> changes, List<String> notes, ModelFile file) {
        this.path = path;
        this.kind = kind;
        this.base = base;
        this.changes = Collections.unmodifiableMap(new LinkedHashMap<>(changes));
        this.notes = List.copyOf(notes);
        this.file = file;
        if (changes.isEmpty()) {
            throw JandaiaException.format("The adapter " + path + " has no tensors: it would change nothing.");
        }
        changes.values().forEach(this::check);
    }

    /** Whether an adapter is at this path, by what is there and not by names: a folder of PEFT's or a GGUF file that says so. */
    public static boolean isAt(Path path) {
        if (Files.isDirectory(path)) {
            return Files.exists(path.resolve(PeftAdapter.CONFIG), LinkOption.NOFOLLOW_LINKS);
        }
        return Files.isRegularFile(path) && isGguf(path) && GgufAdapter.isAt(path);
    }

    /**
     * Opens a folder with {@code adapter_config.json}, a file of weights in one, or a GGUF file.
     *
     * @throws JandaiaException NOT_FOUND when a file is missing, FORMAT when one is damaged or its tensors do not fit each
     *     other, UNSUPPORTED when it is of a kind that this version does not compute
     */
    public static Adapter open(Path path) {
        if (Files.isDirectory(path)) {
            return PeftAdapter.open(path);
        }
        if (!Files.exists(path)) {
            throw JandaiaException.notFound("There is no adapter " + path
                    + "; give a folder with adapter_config.json or a .gguf file with an adapter.");
        }
        if (isGguf(path)) {
            return GgufAdapter.open(path);
        }
        Path folder = path.toAbsolutePath().getParent();
        if (folder == null || !Files.exists(folder.resolve(PeftAdapter.CONFIG))) {
            throw JandaiaException.notFound("Beside the adapter's weights " + path + " there is no "
                    + PeftAdapter.CONFIG + ", which says how strong they are; give the whole folder.");
        }
        return PeftAdapter.open(folder);
    }

    private static boolean isGguf(Path path) {
        try (ModelFile file = ModelFile.open(path)) {
            return file instanceof Gguf;
        }
    }

    /** Closes the file again when what is read of it is no adapter. */
    static Adapter reading(ModelFile file, Supplier<Adapter> body) {
        try {
            return body.get();
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    public Path path() {
        return path;
    }

    public Kind kind() {
        return kind;
    }

    /** What it says that it was trained on: PEFT the name of a model, GGUF an architecture; empty when it says nothing. */
    public String base() {
        return base;
    }

    public Collection<Change> changes() {
        return changes.values();
    }

    /** What the user should know about it, a sentence each. */
    public List<String> notes() {
        return notes;
    }

    /** Bytes of its files. */
    public long bytes() {
        return file.bytes();
    }

    private void check(Change c) {
        LowRank l = c.lowRank;
        if (l != null) {
            checkLowRank(c.module, l);
        }
        finite(c.weight);
        finite(c.bias);
    }

    private void checkLowRank(String module, LowRank l) {
        long[] down = l.down.shape();
        long[] up = l.up.shape();
        int n = up.length;
        boolean matrices = n == down.length && (n == 2 || (n == 3 && up[0] == down[0]));
        long rank = matrices ? down[l.downByRow ? n - 1 : n - 2] : 0;
        if (!matrices || rank != up[n - 1] || rank < 1 || rank > MAX_RANK) {
            throw JandaiaException.format("The adapter " + path + " has for '" + module + "' the shapes "
                    + l.down.shapeText() + " and " + l.up.shapeText()
                    + "; expected [rank, inputs] and [outputs, rank] with a rank from 1 to " + MAX_RANK + ".");
        }
        long outputs = up[n - 2];
        for (StoredTensor t : new @Nullable StoredTensor[] {l.upBias, l.magnitude}) {
            if (t != null && t.count() != outputs) {
                throw JandaiaException.format("The adapter " + path + " has '" + t.name() + "' of shape "
                        + t.shapeText() + "; expected [" + outputs + "].");
            }
        }
        if (!(Math.abs(l.scaling) <= MAX_SCALING)) {
            throw JandaiaException.format("The adapter " + path + " would be applied to '" + module
                    + "' with the factor " + l.scaling + " (alpha over the rank of " + rank
                    + "); expected a number of at most " + (long) MAX_SCALING + ". Its alpha is wrong.");
        }
        finite(l.down);
        finite(l.up);
        finite(l.upBias);
        finite(l.magnitude);
    }

    private void finite(@Nullable StoredTensor t) {
        if (t == null) {
            return;
        }
        if (!t.type().computable()) {
            throw JandaiaException.unsupported("Tensor '" + t.name() + "' of the adapter " + path + " is of type "
                    + t.type() + ", which cannot be computed with; expected F32, F16 or BF16.");
        }
        for (float v : t.toFloats()) {
            if (!Float.isFinite(v)) {
                throw JandaiaException.format("Tensor '" + t.name() + "' of the adapter " + path + " holds " + v
                        + ": its training failed or the file is damaged.");
            }
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
