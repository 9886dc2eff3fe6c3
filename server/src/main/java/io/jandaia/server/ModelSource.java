package io.jandaia.server;

import io.jandaia.model.LoadOptions;
import io.jandaia.model.MemoryNeed;
import io.jandaia.model.Model;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A model that can be loaded.
 *
 * @param name of the model, as requests say it
 * @param created seconds since 1970
 * @param path its file or folder; null when it has none
 * @param size bytes of its files; 0 when they are not known
 * @param need bytes of memory that it will take
 * @param opener loads it
 */
public record ModelSource(
        String name, long created, @Nullable Path path, long size, LongSupplier need, Supplier<Model> opener) {

    /** A model in files. */
    public static ModelSource of(String name, long created, Path path, long size, LoadOptions options) {
        return new ModelSource(
                name, created, path, size, () -> MemoryNeed.of(path, options).total(), () -> Model.open(path, options));
    }
}
