package io.jandaia.model.hub;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What removing a model from the cache takes away: all of it, one revision or one GGUF model. Blobs that another snapshot
 * uses stay; links are removed and never followed.
 *
 * @param repo whose files they are
 * @param whole whether the model's folder goes as a whole
 * @param files links and files to remove otherwise
 * @param bytes that become free
 */
public record Removal(CachedRepo repo, boolean whole, List<Path> files, long bytes) {

    public Removal {
        files = List.copyOf(files);
    }

    /**
     * What removing {@code model} would take away.
     *
     * @throws JandaiaException NOT_FOUND when it is not in the cache
     */
    public static Removal plan(Path cache, ModelName model) {
        CachedRepo repo = new CachedRepo(cache, model.id());
        if (!Files.isDirectory(repo.folder(), LinkOption.NOFOLLOW_LINKS)) {
            throw JandaiaException.notFound(
                    Files.isSymbolicLink(repo.folder())
                            ? "The folder " + repo.folder() + " is a link to another place; remove it by hand."
                            : "There is no " + model.id() + " in " + cache + ", so it cannot be removed.");
        }
        if (model.revision() == null && model.quant() == null) {
            return new Removal(repo, true, List.of(), sizeOf(CachedRepo.files(repo.folder())));
        }
        return partial(repo, model);
    }

    private static Removal partial(CachedRepo repo, ModelName model) {
        String commit = repo.commit(model.revision());
        if (commit == null || !Files.isDirectory(repo.snapshot(commit), LinkOption.NOFOLLOW_LINKS)) {
            throw JandaiaException.notFound("There is no " + model + " in " + repo.cache() + "; of " + model.id()
                    + " these revisions are here: " + String.join(", ", repo.commits()) + ".");
        }
        Path snapshot = repo.snapshot(commit);
        List<Path> inside = CachedRepo.files(snapshot);
        List<Path> going = model.quant() == null ? inside : ofQuant(repo, model, model.quant(), snapshot, inside);
        boolean emptied = going.size() == inside.size()
                || inside.stream().filter(f -> !going.contains(f)).noneMatch(Removal::isModelFile);
        if (emptied && repo.commits().size() == 1) {
            return new Removal(repo, true, List.of(), sizeOf(CachedRepo.files(repo.folder())));
        }
        return new Removal(repo, false, emptied ? withTraces(repo, commit, inside) : withBlobs(repo, going), 0)
                .counted();
    }

    private static List<Path> ofQuant(
            CachedRepo repo, ModelName model, String quant, Path snapshot, List<Path> inside) {
        Map<String, List<String>> models =
                Quant.models(inside.stream().map(f -> relative(snapshot, f)).toList());
        List<String> names = Quant.choose(models, quant);
        if (names.isEmpty()) {
            throw JandaiaException.notFound("There is no " + model + " in " + repo.cache() + "; of " + model.id()
                    + " these are here: " + String.join(", ", models.keySet()) + ".");
        }
        return inside.stream()
                .filter(f -> names.contains(relative(snapshot, f)))
                .toList();
    }

    /** What is worth keeping a snapshot for; a licence alone is not. */
    private static boolean isModelFile(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".gguf")
                || name.endsWith(".safetensors")
                || name.endsWith(".bin")
                || name.endsWith(".json");
    }

    private Removal counted() {
        return new Removal(repo, whole, files, sizeOf(files));
    }

    /** Links, and the blobs that no link outside of them leads to. */
    private static List<Path> withBlobs(CachedRepo repo, List<Path> links) {
        Set<Path> going = new HashSet<>(links);
        Set<Path> used = new HashSet<>();
        for (Path file : CachedRepo.files(repo.snapshots())) {
            Path blob = going.contains(file) ? null : target(repo, file);
            if (blob != null) {
                used.add(blob);
            }
        }
        List<Path> all = new ArrayList<>(links);
        links.stream()
                .map(l -> target(repo, l))
                .filter(b -> b != null && !used.contains(b))
                .distinct()
                .forEach(all::add);
        return all;
    }

    /** A snapshot's files, and what names it: without its snapshot a ref would be taken for damage. */
    private static List<Path> withTraces(CachedRepo repo, String commit, List<Path> links) {
        List<Path> all = new ArrayList<>(withBlobs(repo, links));
        for (Path ref : CachedRepo.files(repo.refs())) {
            if (commit.equals(repo.commit(relative(repo.refs(), ref)))) {
                all.add(ref);
            }
        }
        Path tree = repo.folder().resolve("trees").resolve(commit + ".json");
        if (Files.isRegularFile(tree, LinkOption.NOFOLLOW_LINKS)) {
            all.add(tree);
        }
        all.addAll(CachedRepo.files(repo.folder().resolve(".no_exist").resolve(commit)));
        return all;
    }

    /** The blob of this model that a link leads to; null when it is none or leads elsewhere. */
    private static @Nullable Path target(CachedRepo repo, Path link) {
        try {
            if (!Files.isSymbolicLink(link)) {
                return null;
            }
            Path target = link.resolveSibling(Files.readSymbolicLink(link)).normalize();
            Path blobs = repo.blobs().normalize();
            boolean own = blobs.equals(target.getParent()) && Files.isDirectory(blobs, LinkOption.NOFOLLOW_LINKS);
            return own ? target : null;
        } catch (IOException e) {
            return null;
        }
    }

    private static String relative(Path folder, Path file) {
        return folder.relativize(file).toString().replace('\\', '/');
    }

    private static long sizeOf(List<Path> files) {
        long sum = 0;
        for (Path f : files) {
            try {
                if (Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS)) {
                    sum += Files.size(f);
                }
            } catch (IOException e) {
                // it is gone already
            }
        }
        return sum;
    }

    /**
     * Removes it.
     *
     * @throws JandaiaException RESOURCE when the model is just being pulled, or the disk refuses
     */
    public void run() {
        RepoLock lock = RepoLock.tryLock(repo);
        if (lock == null) {
            throw JandaiaException.resource(
                    repo.id() + " is being pulled by " + RepoLock.holder(repo) + "; wait for it or end it first.");
        }
        try (lock) {
            if (whole) {
                deleteTree(repo.folder());
                return;
            }
            for (Path f : files) {
                Files.deleteIfExists(f);
                deleteEmptyParents(f);
            }
        } catch (IOException e) {
            throw CachedRepo.failed("remove " + repo.id(), e);
        }
    }

    private void deleteEmptyParents(Path file) throws IOException {
        for (Path f = file.getParent(); f != null && !f.equals(repo.folder()); f = f.getParent()) {
            try (var children = Files.list(f)) {
                if (children.findAny().isPresent()) {
                    return;
                }
            }
            Files.delete(f);
        }
    }

    private static void deleteTree(Path folder) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.delete(dir);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
