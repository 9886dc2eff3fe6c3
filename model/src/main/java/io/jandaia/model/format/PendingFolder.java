package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder that appears whole or not at all: it is filled under another name beside its place and moved there by
 * {@link #commit}. What is not committed is removed by {@link #close}, or when the process is asked to end (Ctrl-C).
 */
public final class PendingFolder implements AutoCloseable {

    private final Path target;
    private final Path path;
    private final Thread removal = new Thread(this::remove, "remove-unfinished-folder");

    private PendingFolder(Path target, Path path) {
        this.target = target;
        this.path = path;
    }

    /**
     * Begins a folder.
     *
     * @throws JandaiaException USAGE when something other than an empty folder is at its place
     */
    public static PendingFolder create(Path target) {
        Path absolute = target.toAbsolutePath().normalize();
        try {
            if (Files.exists(absolute)) {
                boolean empty = false;
                if (Files.isDirectory(absolute)) {
                    try (Stream<Path> files = Files.list(absolute)) {
                        empty = files.findAny().isEmpty();
                    }
                }
                if (!empty) {
                    throw taken(target);
                }
            }
            Path parent = absolute.getParent();
            if (parent == null) {
                throw taken(target);
            }
            Files.createDirectories(parent);
            Path path = Files.createDirectory(parent.resolve("." + absolute.getFileName() + ".part-"
                    + ProcessHandle.current().pid()));
            PendingFolder folder = new PendingFolder(absolute, path);
            Runtime.getRuntime().addShutdownHook(folder.removal);
            return folder;
        } catch (IOException e) {
            throw TensorStream.failed(target, e);
        }
    }

    /** Where the files go until the folder is complete. */
    public Path path() {
        return path;
    }

    /** Moves the folder to its place. */
    public void commit() {
        try {
            Files.deleteIfExists(target); // an empty folder
            Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException e) {
            throw taken(target);
        } catch (IOException e) {
            throw TensorStream.failed(target, e);
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(removal);
        } catch (IllegalStateException e) {
            // The process is ending; the hook removes the folder, now or a moment later.
        }
        remove();
    }

    /** Removes what is left; twice when a writer made a file in between. */
    private void remove() {
        for (int attempt = 0; attempt < 2 && Files.exists(path); attempt++) {
            try (Stream<Path> tree = Files.walk(path)) {
                List<Path> files = tree.sorted(Comparator.reverseOrder()).toList();
                for (Path file : files) {
                    Files.deleteIfExists(file);
                }
            } catch (IOException e) {
                // The next attempt, or the user, finds the folder under its name.
            }
        }
    }

    private static JandaiaException taken(Path target) {
        return JandaiaException.usage("Cannot write the folder " + target
                + ": there is something in its place already; name a folder that does not exist.");
    }
}
