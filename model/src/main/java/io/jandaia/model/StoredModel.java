package io.jandaia.model;

import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A model of this machine.
 *
 * @param name by which {@link ModelStore#find} finds it: {@code starter}, {@code org/name}, {@code org/name:Q4_K_M}
 * @param id its repository on the Hub; the name where it comes from none
 * @param revision the commit of its files; null where it comes from no repository
 * @param path its folder, or its (first) GGUF file
 * @param size bytes of its files
 * @param modified when the last of its files was written
 */
public record StoredModel(String name, String id, @Nullable String revision, Path path, long size, Instant modified) {

    /** Whether it is in the cache that is shared with other programs. */
    public boolean cached() {
        return revision != null;
    }
}
