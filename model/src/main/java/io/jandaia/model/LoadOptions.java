package io.jandaia.model;

import io.jandaia.tensor.Numerics;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a model is loaded.
 *
 * @param numerics exact, fast, or null for what suits the weights
 * @param threads that compute; 0 = one per core
 * @param kernels {@code scalar}, {@code vector}, or null for the fastest that runs here
 * @param cacheBytes the most memory for keys and values; 0 = a quarter of this machine's memory
 * @param sequences computed together at most
 * @param template the chat template: one of the model's by name, a built-in one by name, or a file; null for the model's own
 * @param ignoredKeys configuration keys that this version does not know and the caller knows to be harmless
 * @param progress hears how many of a quantised checkpoint's numbers are unpacked
 */
public record LoadOptions(
        @Nullable Numerics numerics,
        int threads,
        @Nullable String kernels,
        long cacheBytes,
        int sequences,
        @Nullable String template,
        Set<String> ignoredKeys,
        Progress progress) {

    public static final LoadOptions DEFAULT = new LoadOptions(null, 0, null, 0, 16, null, Set.of(), Progress.NONE);

    public LoadOptions numerics(Numerics value) {
        return new LoadOptions(value, threads, kernels, cacheBytes, sequences, template, ignoredKeys, progress);
    }

    public LoadOptions threads(int value) {
        return new LoadOptions(numerics, value, kernels, cacheBytes, sequences, template, ignoredKeys, progress);
    }

    public LoadOptions kernels(String value) {
        return new LoadOptions(numerics, threads, value, cacheBytes, sequences, template, ignoredKeys, progress);
    }

    public LoadOptions cacheBytes(long value) {
        return new LoadOptions(numerics, threads, kernels, value, sequences, template, ignoredKeys, progress);
    }

    public LoadOptions sequences(int value) {
        return new LoadOptions(numerics, threads, kernels, cacheBytes, value, template, ignoredKeys, progress);
    }

    public LoadOptions template(String value) {
        return new LoadOptions(numerics, threads, kernels, cacheBytes, sequences, value, ignoredKeys, progress);
    }

    public LoadOptions ignoredKeys(Set<String> value) {
        return new LoadOptions(numerics, threads, kernels, cacheBytes, sequences, template, value, progress);
    }

    public LoadOptions progress(Progress value) {
        return new LoadOptions(numerics, threads, kernels, cacheBytes, sequences, template, ignoredKeys, value);
    }
}
