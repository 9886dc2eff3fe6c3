package io.jandaia.model.hub;

import io.jandaia.error.JandaiaException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The files of one pull: the small ones side by side, then the large ones one after the other, each over several
 * connections. The thread that asked for them only watches.
 */
final class Downloads {

    private static final int TICK_MILLIS = 100;

    private final HubHttp http;
    private final ModelName model;
    private final CachedRepo repo;
    private final Pace pace;
    private final Semaphore connections;
    private final AtomicLong bytes = new AtomicLong();
    private final Queue<RepoFile> complete = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /** A file and where it is. */
    private record Item(RepoFile file, URI source) {
        boolean small() {
            return file.size() <= Journal.partSize(file.size());
        }
    }

    Downloads(HubHttp http, ModelName model, CachedRepo repo, Pace pace) {
        this.http = http;
        this.model = model;
        this.repo = repo;
        this.pace = pace;
        this.connections = new Semaphore(pace.connections());
    }

    void run(List<RepoFile> files, List<URI> sources, PullListener listener) throws InterruptedException {
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            items.add(new Item(files.get(i), sources.get(i)));
        }
        long total = files.stream().mapToLong(RepoFile::size).sum();
        Queue<Item> small =
                new ConcurrentLinkedQueue<>(items.stream().filter(Item::small).toList());
        Queue<Item> large = new ConcurrentLinkedQueue<>(
                items.stream().filter(i -> !i.small()).toList());
        phase(small, Math.min(small.size(), pace.connections()), total, listener);
        phase(large, Math.min(large.size(), 1), total, listener);
    }

    /** Works a queue off on threads of its own: hashing needs a processor, which virtual threads should not hold. */
    private void phase(Queue<Item> queue, int workers, long total, PullListener listener) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            threads.add(Thread.ofPlatform().name("hub-pull-" + i).daemon().start(() -> work(queue)));
        }
        try {
            for (Thread t : threads) {
                while (!t.join(Duration.ofMillis(TICK_MILLIS))) {
                    tell(total, listener);
                }
            }
        } finally {
            threads.forEach(Thread::interrupt);
            for (Thread t : threads) {
                awaitEnd(t);
            }
        }
        tell(total, listener);
        rethrow();
    }

    private void tell(long total, PullListener listener) {
        for (RepoFile f = complete.poll(); f != null; f = complete.poll()) {
            listener.complete(f);
        }
        listener.at(bytes.get(), total);
    }

    private static void awaitEnd(Thread t) {
        boolean interrupted = false;
        while (t.isAlive()) {
            try {
                t.join();
            } catch (InterruptedException e) {
                interrupted = true; // the lock is held until nobody writes any more
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void work(Queue<Item> queue) {
        try {
            for (Item i = queue.poll(); i != null && failure.get() == null; i = queue.poll()) {
                new BlobDownload(http, model, i.file, i.source, repo.blob(i.file), pace, connections, bytes).run();
                complete.add(i.file);
            }
        } catch (Throwable e) { // whoever waits must hear of it
            failure.compareAndSet(null, e);
            queue.clear();
        }
    }

    private void rethrow() throws InterruptedException {
        switch (failure.get()) {
            case null -> {}
            case JandaiaException e -> throw new JandaiaException(e.kind(), String.valueOf(e.getMessage()), e);
            case InterruptedException e -> throw e;
            case Throwable e ->
                throw new JandaiaException(
                        JandaiaException.Kind.INTERNAL, "Fetching the files of " + model.id() + " failed.", e);
        }
    }
}
