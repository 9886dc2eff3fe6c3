package io.jandaia.model.hub;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A model's place in the cache, in the layout that all clients of the Hub share:
 *
 * <pre>
 * models--org--name/refs/main                     the commit that the branch had
 *                   blobs/HASH                    the bytes, once
 *                   snapshots/COMMIT/config.json  links to ../../blobs/HASH
 *                   trees/COMMIT.json             all files of the commit, with sizes and hashes
 * </pre>
 *
 * @param cache the folder of all models
 * @param id {@code org/name}
 */
public record CachedRepo(Path cache, String id) {

    private static final String PREFIX = "models--";
    private static final int MAX_REF = 100;
    private static final int MAX_TREE = 64 << 20;
    private static final String CACHE_TAG = """
            Signature: 8a477f597d28d172789f06886806bc55
            # A cache of models; programs that back up may leave it out.
            """;

    /** The models in a cache, by their names. */
    public static List<CachedRepo> all(Path cache) {
        return children(cache).stream()
                .filter(f -> f.getFileName().toString().startsWith(PREFIX) && Files.isDirectory(f))
                .map(f -> new CachedRepo(
                        cache,
                        f.getFileName().toString().substring(PREFIX.length()).replace("--", "/")))
                .toList();
    }

    /** Its folder. */
    public Path folder() {
        return cache.resolve(PREFIX + id.replace("/", "--"));
    }

    Path blobs() {
        return folder().resolve("blobs");
    }

    Path blob(RepoFile file) {
        return blobs().resolve(file.blob());
    }

    Path refs() {
        return folder().resolve("refs");
    }

    Path snapshots() {
        return folder().resolve("snapshots");
    }

    /** The files of a commit. */
    public Path snapshot(String commit) {
        return snapshots().resolve(commit);
    }

    Path locks() {
        return cache.resolve(".locks").resolve(PREFIX + id.replace("/", "--"));
    }

    private Path treeFile(String commit) {
        return folder().resolve("trees").resolve(commit + ".json");
    }

    /** The commits that have files here. */
    public List<String> commits() {
        return children(snapshots()).stream()
                .filter(Files::isDirectory)
                .map(s -> s.getFileName().toString())
                .filter(Names::isRevision)
                .toList();
    }

    /**
     * The commit that a revision had when it was last pulled; null when it was not. Without a revision it is {@code main},
     * or else the only commit that is here.
     */
    public @Nullable String commit(@Nullable String revision) {
        if (revision != null && Names.COMMIT.matcher(revision).matches()) {
            return revision;
        }
        String commit = ref(revision == null ? "main" : revision);
        if (commit == null && revision == null) {
            List<String> here = commits();
            return here.size() == 1 ? here.getFirst() : null;
        }
        return commit;
    }

    private @Nullable String ref(String revision) {
        if (!Names.isRevision(revision)) {
            return null;
        }
        Path file = refs().resolve(revision);
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > MAX_REF) {
                return null;
            }
            String commit = Files.readString(file).strip();
            return Names.isRevision(commit) && commit.indexOf('/') < 0 ? commit : null;
        } catch (IOException e) {
            return null;
        }
    }

    /** Remembers which commit a revision has. */
    void writeRef(String revision, String commit) {
        if (!revision.equals(commit) && !commit.equals(ref(revision))) {
            write(refs().resolve(revision), commit);
        }
    }

    /** The files of a commit as the Hub listed them; null when that was not kept or is of no use. */
    @Nullable
    List<RepoFile> tree(String commit) {
        Path file = treeFile(commit);
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > MAX_TREE) {
                return null;
            }
            return RepoTree.read(Files.readAllBytes(file), file.toString());
        } catch (IOException | JandaiaException e) {
            return null; // it can be asked for again
        }
    }

    void writeTree(String commit, List<RepoFile> files) {
        write(treeFile(commit), RepoTree.write(files));
    }

    /** Whether a file is in a snapshot, with the size that it should have. */
    boolean inSnapshot(String commit, RepoFile file) {
        return hasSize(snapshot(commit).resolve(file.path()), file);
    }

    boolean hasBlob(RepoFile file) {
        return hasSize(blob(file), file);
    }

    private static boolean hasSize(Path path, RepoFile file) {
        try {
            return Files.isRegularFile(path) && Files.size(path) == file.size();
        } catch (IOException e) {
            return false;
        }
    }

    /** Makes the folders, and marks the cache as one for programs that back up. */
    void prepare() {
        try {
            Files.createDirectories(blobs());
            Path tag = cache.resolve("CACHEDIR.TAG");
            if (!Files.exists(tag)) {
                Files.writeString(tag, CACHE_TAG);
            }
        } catch (IOException e) {
            throw failed("make the folder " + blobs(), e);
        }
    }

    /**
     * Gives a blob its name in a snapshot: a link, or where links are not wanted or possible the file itself.
     *
     * @param shared whether another file has the same bytes, which then stay in their blob too
     */
    void publish(String commit, RepoFile file, boolean symlinks, boolean shared) {
        Path place = snapshot(commit).resolve(file.path());
        Path blob = blob(file);
        try {
            Path parent = Objects.requireNonNull(place.getParent());
            Files.createDirectories(parent);
            if (!parent.toRealPath().startsWith(folder().toRealPath())) {
                throw JandaiaException.format(
                        "The folder " + parent + " is a link that leads out of the cache; remove it, then pull again.");
            }
            if (!symlinks || !link(place, parent.relativize(blob))) {
                copy(blob, place, shared);
            }
        } catch (IOException e) {
            throw failed("write " + place, e);
        }
    }

    private static boolean link(Path place, Path target) throws IOException {
        Files.deleteIfExists(place);
        try {
            Files.createSymbolicLink(place, target);
            return true;
        } catch (FileAlreadyExistsException e) {
            return true; // another program pulled the same
        } catch (IOException | UnsupportedOperationException e) {
            return false; // a file system without links; a worse problem shows when it is copied
        }
    }

    /** The blob moves when no other snapshot can need it, as the Python client does it. */
    private void copy(Path blob, Path place, boolean shared) throws IOException {
        if (!shared && commits().size() <= 1 && !Files.isSymbolicLink(blob)) {
            Files.move(blob, place, StandardCopyOption.REPLACE_EXISTING);
        } else {
            Files.copy(blob, place, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Writes a small file whole or not at all. */
    private void write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Path part = Files.createTempFile(file.getParent(), ".", ".tmp");
            try {
                Files.write(part, text.getBytes(StandardCharsets.UTF_8));
                part.toFile().setReadable(true, false); // a temporary file is its owner's alone, a cache may be shared
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            throw failed("write " + file, e);
        }
    }

    static JandaiaException failed(String what, IOException e) {
        return new JandaiaException(
                JandaiaException.Kind.RESOURCE,
                "Cannot " + what + ": " + e.getMessage() + "; check the disk and its permissions.",
                e);
    }

    /** The paths of all files below a folder, links as links. */
    static List<Path> files(Path folder) {
        List<Path> files = new ArrayList<>();
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return files;
        }
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    files.add(file);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw failed("read " + folder, e);
        }
        return files;
    }

    private static List<Path> children(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(folder)) {
            return children.sorted().toList();
        } catch (IOException e) {
            throw failed("list the folder " + folder, e);
        }
    }
}
