package io.jandaia.model.pack;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.pack.PackFile.Pack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Packed weights of the models that were loaded here before, one file for each, in {@code packed} under {@code JANDAIA_CACHE}
 * (else {@code jandaia} in {@code XDG_CACHE_HOME} or {@code ~/.cache}). The files that were used longest ago go when all
 * together would pass {@code JANDAIA_CACHE_GB} or leave the disk less than a tenth of its room. All of it may be deleted at
 * any time.
 *
 * @param folder of the files
 * @param limit bytes of all files together; 0 = nothing is kept
 * @param least bytes of a model's files that make it worth while
 */
public record PackCache(Path folder, long limit, long least) {

    private static final long USUAL_GB = 32;
    private static final long LEAST = 64 << 20;
    private static final String SUFFIX = ".pack";
    private static final String UNFINISHED = ".unfinished";

    /** No write takes this long without a change to its file. */
    private static final Duration STALE = Duration.ofHours(1);

    /**
     * That of this process.
     *
     * @throws JandaiaException USAGE when a variable has a value that cannot be meant
     */
    public static PackCache local() {
        return of(System.getenv());
    }

    static PackCache of(Map<String, String> env) {
        return new PackCache(home(env).resolve("packed"), limit(env.get("JANDAIA_CACHE_GB")), LEAST);
    }

    private static Path home(Map<String, String> env) {
        String own = env.getOrDefault("JANDAIA_CACHE", "");
        String xdg = env.getOrDefault("XDG_CACHE_HOME", "");
        try {
            if (!own.isBlank()) {
                return Path.of(own);
            }
            return (xdg.isBlank() ? Path.of(System.getProperty("user.home", "."), ".cache") : Path.of(xdg))
                    .resolve("jandaia");
        } catch (InvalidPathException e) {
            throw JandaiaException.usage("JANDAIA_CACHE or XDG_CACHE_HOME is no path: " + e.getMessage() + ".");
        }
    }

    private static long limit(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return USUAL_GB * 1_000_000_000;
        }
        try {
            double gb = Double.parseDouble(text.strip());
            if (gb >= 0 && gb <= 1e6) {
                return (long) (gb * 1e9);
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw JandaiaException.usage("JANDAIA_CACHE_GB is '" + text
                + "'; expected how many gigabytes of packed weights may be kept, 0 for none.");
    }

    /** The packed weights of a model that is read from these files; {@link ModelPacks#NONE} when it is too small to keep. */
    public ModelPacks open(List<Path> files) {
        try {
            long bytes = 0;
            for (Path file : files) {
                bytes += Files.size(file);
            }
            if (bytes < least || limit == 0) {
                return ModelPacks.NONE;
            }
            if (!Files.isDirectory(folder)) {
                create();
            }
            if (!Files.isWritable(folder)) {
                return ModelPacks.without(notKept("the folder cannot be written to"));
            }
            String name = FileIdentity.name(files);
            if (!has(name)) {
                // About as large as the model; that all of it fits is known when it is packed.
                if (bytes > limit) {
                    return ModelPacks.without(notKept("they may take " + limit / 1e9 + " GB and need " + bytes / 1e9));
                }
                if (free() + used() - bytes < reserve()) {
                    return ModelPacks.without(notKept("a tenth of the disk is to stay free"));
                }
            }
            return ModelPacks.open(this, name, FileIdentity.contents(files));
        } catch (IOException e) {
            return ModelPacks.without(notKept(e.toString()));
        }
    }

    private String notKept(String why) {
        return "Packed weights are not kept in " + folder + ": " + why
                + ". Set JANDAIA_CACHE to another folder, or say that you want none (--no-pack-cache).";
    }

    /** Readable for its owner alone: who could write here could change what models say. */
    private void create() throws IOException {
        Path parent = folder.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        try {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (UnsupportedOperationException e) {
            Files.createDirectories(folder); // no POSIX permissions here
        }
    }

    Path path(String name) {
        return folder.resolve(name + SUFFIX);
    }

    boolean has(String name) {
        return Files.isRegularFile(path(name));
    }

    /** Says that a model was used. */
    void touch(String name) {
        try {
            Files.setLastModifiedTime(path(name), FileTime.from(Instant.now()));
        } catch (IOException e) {
            // Another process has removed it; it goes on its way without.
        }
    }

    void delete(String name) {
        try {
            Files.deleteIfExists(path(name));
        } catch (IOException e) {
            // It will be written anew, or be found damaged again.
        }
    }

    /** Writes a model's file, whole or not at all; where there is no room for it, not at all. */
    void write(String name, String contents, List<Pack> packs) {
        long bytes = packs.stream().mapToLong(p -> p.data().byteSize()).sum();
        Path unfinished = null;
        try {
            if (!makeRoom(name, bytes)) {
                return;
            }
            unfinished = Files.createTempFile(folder, name, UNFINISHED);
            PackFile.write(unfinished, contents, packs);
            Files.move(unfinished, path(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            // A full disk, most likely. The model runs; the next loading packs again.
            if (unfinished != null) {
                remove(unfinished);
            }
        }
    }

    /** Removes what was used longest ago until {@code bytes} more fit. */
    private boolean makeRoom(String name, long bytes) throws IOException {
        if (bytes > limit) {
            return false;
        }
        List<Kept> others = new ArrayList<>();
        for (Kept k : kept()) {
            boolean unfinished = k.path.toString().endsWith(UNFINISHED);
            if (unfinished && k.used.isBefore(Instant.now().minus(STALE))) {
                remove(k.path); // whoever wrote it was killed
            } else if (!unfinished && !k.path.equals(path(name))) {
                others.add(k);
            }
        }
        others.sort(Comparator.comparing(Kept::used));
        long used = others.stream().mapToLong(Kept::bytes).sum();
        long reserve = reserve();
        for (Kept k : others) {
            if (used + bytes <= limit && free() - bytes >= reserve) {
                break;
            }
            remove(k.path);
            used -= k.bytes;
        }
        return used + bytes <= limit && free() - bytes >= reserve;
    }

    private long reserve() throws IOException {
        return Files.getFileStore(folder).getTotalSpace() / 10;
    }

    private long free() throws IOException {
        return Files.getFileStore(folder).getUsableSpace();
    }

    private record Kept(Path path, long bytes, Instant used) {}

    private List<Kept> kept() throws IOException {
        List<Kept> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path p : (Iterable<Path>) files::iterator) {
                String file = p.getFileName().toString();
                if (file.endsWith(SUFFIX) || file.endsWith(UNFINISHED)) {
                    all.add(new Kept(
                            p, Files.size(p), Files.getLastModifiedTime(p).toInstant()));
                }
            }
        }
        return all;
    }

    /** Bytes of all that is kept. */
    public long used() {
        try {
            return Files.isDirectory(folder)
                    ? kept().stream().mapToLong(Kept::bytes).sum()
                    : 0;
        } catch (IOException e) {
            return 0; // another process is removing files
        }
    }

    private static void remove(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // Left for the next time.
        }
    }
}
