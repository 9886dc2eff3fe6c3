package io.jandaia.model.hub;

import org.jspecify.annotations.Nullable;

/**
 * A file of a repository.
 *
 * @param path in the repository, its parts joined by slashes; harmless
 * @param size in bytes
 * @param oid git's SHA-1 of it, or of the pointer that stands for it when it is large
 * @param sha256 of a large file (Git LFS); null for the small ones
 * @param xetHash what its chunks are stored under; kept for other programs
 */
public record RepoFile(
        String path,
        long size,
        String oid,
        @Nullable String sha256,
        @Nullable String xetHash) {

    /** The name of its blob in the cache: the hash that its bytes must have. */
    public String blob() {
        return sha256 == null ? oid : sha256;
    }

    /** The last part of its path. */
    public String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    boolean atRoot() {
        return path.indexOf('/') < 0;
    }
}
