package io.jandaia.model.hub;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Only one of Jandaia's processes, and one of its threads, changes a model in the cache at a time. The system gives the
 * lock back when its process ends, however it ends. The file is our own: the Python client locks in another way, which
 * this one does not see, deletes its lock files, and does not need them for correctness.
 */
final class RepoLock implements AutoCloseable {

    private static final int POLL_MILLIS = 200;
    private static final String NAME = "jandaia.lock";

    private final FileChannel channel;
    private final FileLock lock;

    private RepoLock(FileChannel channel, FileLock lock) {
        this.channel = channel;
        this.lock = lock;
    }

    /** Waits for the lock; {@code waiting} hears once who has it. */
    static RepoLock await(CachedRepo repo, Consumer<String> waiting) throws InterruptedException {
        boolean said = false;
        while (true) {
            RepoLock lock = tryLock(repo);
            if (lock != null) {
                return lock;
            }
            if (!said) {
                waiting.accept(holder(repo));
                said = true;
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** The lock; null when somebody has it. */
    static @Nullable RepoLock tryLock(CachedRepo repo) {
        Path file = repo.locks().resolve(NAME);
        try {
            Files.createDirectories(repo.locks());
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    channel.truncate(0);
                    String holder = "process " + ProcessHandle.current().pid() + "\n";
                    channel.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.US_ASCII)), 0);
                    return new RepoLock(channel, lock);
                }
            } catch (OverlappingFileLockException e) {
                // another thread of this process
            }
            channel.close();
            return null;
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE,
                    "Cannot lock " + file + ": " + e.getMessage() + "; check the permissions of the cache.",
                    e);
        }
    }

    /** Who has the lock, as it said itself. */
    static String holder(CachedRepo repo) {
        try {
            String text = Files.readString(repo.locks().resolve(NAME)).strip();
            return text.matches("process \\d{1,10}") ? text : "another process";
        } catch (IOException e) {
            return "another process";
        }
    }

    @Override
    public void close() {
        try (channel) {
            lock.release();
        } catch (IOException e) {
            // the system releases it with the process
        }
    }
}
