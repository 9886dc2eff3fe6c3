package io.jandaia.server;

import io.jandaia.server.identity.Access;
import io.jandaia.server.identity.Caller;
import io.jandaia.server.identity.Prices;
import io.jandaia.server.identity.Quotas;
import io.jandaia.server.identity.Usage;
import io.jandaia.server.identity.UsageStore;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The requests that compute: at most so many, none for clients that have left, none after the end. */
final class WorkList implements AutoCloseable {

    private static final Duration LOOK = Duration.ofMillis(100);

    private final ServeOptions.Limits limits;
    private final @Nullable Access access;
    private final Set<Work> all = ConcurrentHashMap.newKeySet();
    private final Metrics metrics = new Metrics(this::size);
    private final Thread watch;
    private boolean draining; // guarded by this
    private volatile boolean closed;

    /** @param access where usage is stored; null = nowhere */
    WorkList(ServeOptions.Limits limits, @Nullable Access access) {
        this.limits = limits;
        this.access = access;
        this.watch = Thread.ofPlatform().daemon().name("jandaia-clients").start(this::watch);
    }

    /** @throws ApiException 429 when there are too many, 503 when the server is ending */
    synchronized Work enter(@Nullable SocketChannel socket, Caller caller, String path) {
        if (draining) {
            throw ending();
        }
        if (all.size() >= limits.requests()) {
            throw ApiException.later(
                    429,
                    "queue_full",
                    1,
                    "The server has " + limits.requests()
                            + " requests under way and takes no more at once. Try again in a second.");
        }
        Quotas.Refusal refusal = access == null ? null : access.quotas().enter(caller);
        if (refusal != null) {
            throw ApiException.later(
                    429,
                    "rate_limit_exceeded",
                    (int) Math.min(refusal.seconds(), Integer.MAX_VALUE),
                    "The key '" + caller.name() + "' has used its " + refusal.limit() + " " + refusal.what()
                            + ". Try again in " + refusal.seconds() + " seconds.");
        }
        Work work = new Work(this, socket, caller, path);
        all.add(work);
        return work;
    }

    Prices prices() {
        return access == null ? Prices.NONE : access.prices();
    }

    /** Charges a key's limits. */
    void charge(Caller caller, long tokens) {
        if (access != null) {
            access.quotas().charge(caller, tokens);
        }
    }

    void record(Caller caller, String model, String path, Usage usage) {
        if (access != null) {
            access.log()
                    .add(
                            new UsageStore.Place(
                                    LocalDate.now(ZoneOffset.UTC), caller.id(), caller.owner(), model, path),
                            usage);
        }
    }

    /**
     * A prompt is about to wait for a model.
     *
     * @param waiting tokens of those that wait for it already
     * @throws ApiException 429 when there are too many
     */
    void admit(long waiting, int prompt) {
        if (waiting > 0 && waiting + prompt > limits.waitingTokens()) {
            throw ApiException.later(
                    429,
                    "queue_full",
                    5,
                    "Prompts of " + waiting + " tokens wait for this model; with the " + prompt
                            + " of this one they would be more than " + limits.waitingTokens()
                            + ", the limit. Try again in a few seconds.");
        }
    }

    static ApiException ending() {
        return ApiException.later(503, "server_ending", 5, "The server is ending and takes no new requests.");
    }

    synchronized void remove(Work work) {
        all.remove(work);
        notifyAll();
    }

    Metrics metrics() {
        return metrics;
    }

    int size() {
        return all.size();
    }

    synchronized boolean draining() {
        return draining;
    }

    /**
     * Lets nobody in any more and waits for those inside, but not longer than this; then cancels them.
     *
     * @return how many were cancelled
     */
    int drain(Duration most) {
        long end = System.nanoTime() + most.toNanos();
        synchronized (this) {
            draining = true;
            try {
                for (long left = most.toNanos();
                        !closed && !all.isEmpty() && left > 0;
                        left = end - System.nanoTime()) {
                    wait(Math.max(1, left / 1_000_000));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        int left = all.size();
        all.forEach(Work::cancel);
        return left;
    }

    private void watch() {
        while (!closed) {
            all.forEach(Work::lookAfterClient);
            try {
                Thread.sleep(LOOK);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Cancels everybody at once. */
    @Override
    public void close() {
        synchronized (this) {
            draining = true;
            closed = true;
            notifyAll();
        }
        watch.interrupt();
        all.forEach(Work::cancel);
    }
}
