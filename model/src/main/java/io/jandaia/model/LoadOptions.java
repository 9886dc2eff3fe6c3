package io.jandaia.model;

import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.KvType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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
        return new LoadOptions(
                value,
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

    public LoadOptions threads(int value) {
        return new LoadOptions(
                numerics,
                value,
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

    public LoadOptions kernels(String value) {
        return new LoadOptions(
                numerics,
                threads,
                value,
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

    public LoadOptions keysAndValues(KvType value) {
        return new LoadOptions(
                numerics,
                threads,
                kernels,
                value,
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

    public LoadOptions cacheBytes(long value) {
        return new LoadOptions(
                numerics,
                threads,
                kernels,
                keysAndValues,
                value,
                sequences,
                template,
                ignoredKeys,
                progress,
                adapters,
                speculate,
                packCache,
                keptPrefixes);
    }

    public LoadOptions sequences(int value) {
        return new LoadOptions(
                numerics,
                threads,
                kernels,
                keysAndValues,
                cacheBytes,
                value,
                template,
                ignoredKeys,
                progress,
                adapters,
                speculate,
                packCache,
                keptPrefixes);
    }

    public LoadOptions template(String value) {
        return new LoadOptions(
                numerics,
                threads,
                kernels,
                keysAndValues,
                cacheBytes,
                sequences,
                value,
                ignoredKeys,
                progress,
                adapters,
                speculate,
                packCache,
                keptPrefixes);
    }

    public LoadOptions ignoredKeys(Set<String> value) {
        return new LoadOptions(
                numerics,
                threads,
                kernels,
                keysAndValues,
                cacheBytes,
                sequences,
                template,
                value,
                progress,
                adapters,
                speculate,
                packCache,
                keptPrefixes);
    }

    public LoadOptions progress(Progress value) {
        return new LoadOptions(
                numerics,
                threads,
                kernels,
                keysAndValues,
                cacheBytes,
                sequences,
                template,
                ignoredKeys,
                value,
                adapters,
                speculate,
                packCache,
                keptPrefixes);
    }

    /** Whether and how the next tokens are guessed; {@link Speculate#DEFAULT} when nothing is said. */
    public LoadOptions speculate(Speculate value) {
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
                value,
                packCache,
                keptPrefixes);
    }

    /** Whether packed weights are kept on disk for the next loading; they are when nothing is said. */
    public LoadOptions packCache(boolean value) {
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
                value,
                keptPrefixes);
    }

    /**
     * How much of what prompts begin with is kept on disk when the model is closed, and read when it is opened again: bytes,
     * 0 for nothing. It holds what users wrote.
     */
    public LoadOptions keptPrefixes(long value) {
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
                value);
    }

    /** One more adapter: a folder of the PEFT library or a GGUF file. Requests choose it by its name. */
    public LoadOptions adapter(String name, Path path) {
        return adapter(name, path, 1);
    }

    /** The same with another strength than it was trained with. */
    public LoadOptions adapter(String name, Path path, double scale) {
        List<NamedAdapter> more = new ArrayList<>(adapters);
        more.add(new NamedAdapter(name, path, scale));
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
                List.copyOf(more),
                speculate,
                packCache,
                keptPrefixes);
    }
}
