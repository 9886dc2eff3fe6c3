package io.jandaia.model.engine;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.state.PagePool;
import io.jandaia.model.state.StateFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * Where the beginnings that requests share stay from one run to the next.
 *
 * @param file all of them
 * @param key what they are computed with: the model's files and what decides about a bit of its numbers
 * @param bytes that their pages may take on disk
 */
public record PrefixStore(Path file, String key, long bytes) {

    /** Fills a cache. What cannot be read is as if it were not there; the sentence says why, null = nothing to say. */
    @Nullable
    String restore(PrefixCache cache, PagePool pool) {
        if (!Files.exists(file)) {
            return null;
        }
        try {
            for (StateFile.Saved saved : StateFile.read(file, key, pool)) {
                cache.give(saved.state(), saved.tokens(), saved.salt());
            }
            return null;
        } catch (IOException | JandaiaException e) {
            return "Kept beginnings of prompts in " + file + " are not used: " + e.getMessage() + ".";
        }
    }

    /** Keeps what a cache has; the sentence says why not, null = done. */
    @Nullable
    String save(PrefixCache cache, PagePool pool) {
        Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.deleteIfExists(unfinished);
            if (Files.getFileStore(file.getParent()).supportsFileAttributeView("posix")) {
                Files.createFile(
                        unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            StateFile.write(unfinished, key, cache.saved(), pool.layout(), bytes);
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return null;
        } catch (IOException e) {
            try {
                Files.deleteIfExists(unfinished);
            } catch (IOException second) {
                e.addSuppressed(second);
            }
            return "Beginnings of prompts could not be kept in " + file + ": " + e + ".";
        }
    }
}
