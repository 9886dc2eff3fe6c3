package io.jandaia.model.hub;

import java.util.List;

/**
 * What a pull would do.
 *
 * @param model what was asked for
 * @param commit what its revision is now
 * @param files that are wanted
 * @param missing those of them that are not here
 * @param left bytes of the missing ones that an earlier, interrupted pull left
 * @param tree all files of the commit; empty when it is not known, without a network
 * @param notes sentences that a person should read
 */
public record PullPlan(
        ModelName model,
        String commit,
        List<RepoFile> files,
        List<RepoFile> missing,
        long left,
        List<RepoFile> tree,
        List<String> notes) {

    public PullPlan {
        files = List.copyOf(files);
        missing = List.copyOf(missing);
        tree = List.copyOf(tree);
        notes = List.copyOf(notes);
    }

    /** Bytes of all wanted files. */
    public long size() {
        return files.stream().mapToLong(RepoFile::size).sum();
    }

    /** Bytes that must come over the network. */
    public long toFetch() {
        return missing.stream().mapToLong(RepoFile::size).sum() - left;
    }
}
