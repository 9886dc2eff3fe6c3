package io.jandaia.model;

import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.KvType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a model is loaded.
 *
 * @param numerics exact, fast, or null for what suits the weights
 * @param threads that compute; 0 = one per core
 * @param kernels {@code scalar}, {@code vector}, or null for the fastest that runs here
 * @param keysAndValues how they are kept, or null for what suits the numerics: half precision when fast, float32 when exact
 * @param cacheBytes the most memory for keys and values; 0 = a quarter of this machine's memory
 * @param sequences computed together at most
 * @param template the chat template: one of the model's by name, a built-in one by name, or a file; null for the model's own
 * @param ignoredKeys configuration keys that this version does not know and the caller knows to be harmless
 * @param progress hears how many of a quantised checkpoint's numbers are unpacked
 * @param adapters to load beside the model
 * @param speculate whether and how the next tokens are guessed
 * @param packCache whether packed weights are kept for the next loading, see {@link io.jandaia.model.pack.PackCache}
 * @param keptPrefixes bytes of what prompts begin with that are kept on disk when the model is closed; 0 = nothing
 */
public record LoadOptions(
        @Nullable Numerics numerics,
        int threads,
        @Nullable String kernels,
        @Nullable KvType keysAndValues,
        long cacheBytes,
        int sequences,
        @Nullable String template,
        Set<String> ignoredKeys,
        Progress progress,
        List<NamedAdapter> adapters,
        Speculate speculate,
        boolean packCache,
        long keptPrefixes) {

    /**
     * An adapter to load beside the model.
     *
     * @param name by which requests choose it
     * @param scale what its own strength is multiplied with; 1 = as it was trained
     */
    public record NamedAdapter(String name, Path path, double scale) {}

    public static final LoadOptions DEFAULT = new LoadOptions(
            null, 0, null, null, 0, 16, null, Set.of(), Progress.NONE, List.of(), Speculate.DEFAULT, true, 0);

    public LoadOptions numerics(Numerics value) {
        return with(d -> d.numerics = value);
    }

    public LoadOptions threads(int value) {
        return with(d -> d.threads = value);
    }

    public LoadOptions kernels(String value) {
        return with(d -> d.kernels = value);
    }

    public LoadOptions keysAndValues(KvType value) {
        return with(d -> d.keysAndValues = value);
    }

    public LoadOptions cacheBytes(long value) {
        return with(d -> d.cacheBytes = value);
    }

    public LoadOptions sequences(int value) {
        return with(d -> d.sequences = value);
    }

    public LoadOptions template(String value) {
        return with(d -> d.template = value);
    }

    public LoadOptions ignoredKeys(Set<String> value) {
        return with(d -> d.ignoredKeys = value);
    }

    public LoadOptions progress(Progress value) {
        return with(d -> d.progress = value);
    }

    /** Whether and how the next tokens are guessed; {@link Speculate#DEFAULT} when nothing is said. */
    public LoadOptions speculate(Speculate value) {
        return with(d -> d.speculate = value);
    }

    /** Whether packed weights are kept on disk for the next loading; they are when nothing is said. */
    public LoadOptions packCache(boolean value) {
        return with(d -> d.packCache = value);
    }

    /**
     * How much of what prompts begin with is kept on disk when the model is closed, and read when it is opened again: bytes,
     * 0 for nothing. It holds what users wrote.
     */
    public LoadOptions keptPrefixes(long value) {
        return with(d -> d.keptPrefixes = value);
    }

    /** One more adapter: a folder of the PEFT library or a GGUF file. Requests choose it by its name. */
    public LoadOptions adapter(String name, Path path) {
        return adapter(name, path, 1);
    }

    /** The same with another strength than it was trained with. */
    public LoadOptions adapter(String name, Path path, double scale) {
        List<NamedAdapter> more = new ArrayList<>(adapters);
        more.add(new NamedAdapter(name, path, scale));
        return with(d -> d.adapters = List.copyOf(more));
    }

    private LoadOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.done();
    }

    /** These while one thing is changed. */
    private static final class Draft {
        private @Nullable Numerics numerics;
        private int threads;
        private @Nullable String kernels;
        private @Nullable KvType keysAndValues;
        private long cacheBytes;
        private int sequences;
        private @Nullable String template;
        private Set<String> ignoredKeys;
        private Progress progress;
        private List<NamedAdapter> adapters;
        private Speculate speculate;
        private boolean packCache;
        private long keptPrefixes;

        Draft(LoadOptions o) {
            numerics = o.numerics;
            threads = o.threads;
            kernels = o.kernels;
            keysAndValues = o.keysAndValues;
            cacheBytes = o.cacheBytes;
            sequences = o.sequences;
            template = o.template;
            ignoredKeys = o.ignoredKeys;
            progress = o.progress;
            adapters = o.adapters;
            speculate = o.speculate;
            packCache = o.packCache;
            keptPrefixes = o.keptPrefixes;
        }

        LoadOptions done() {
            return new LoadOptions(
                    numerics,
                    threads,
                    kernels,
                    keysAndValues,
                    cacheBytes,
                    sequences,
                    template,
                    ignoredKeys,
                    progress,
                    adapters,
                    speculate,
                    packCache,
                    keptPrefixes);
        }
    }
}
