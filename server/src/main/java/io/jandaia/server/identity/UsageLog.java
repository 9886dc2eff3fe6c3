package io.jandaia.server.identity;

import io.jandaia.error.JandaiaException;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Adds usage to the store twice a second, so that answers do not wait for a disk and a crash loses at most a second of it. What
 * could not be written waits and is tried again; answers go on.
 */
public final class UsageLog implements AutoCloseable {

    private static final int MILLIS = 500;

    /** Groups that may wait while the store fails. */
    private static final int MOST = 100_000;

    private final UsageStore store;
    private final Clock clock;
    private final Consumer<String> warn;
    private Map<UsageStore.Place, Usage> waiting = new HashMap<>();
    private final Thread writer;
    private long lost;
    private boolean failing;
    private volatile boolean closed;

    /** @param warn told when the store begins to fail, and when it works again */
    public UsageLog(UsageStore store, Clock clock, Consumer<String> warn) {
        this.store = store;
        this.clock = clock;
        this.warn = warn;
        this.writer = Thread.ofPlatform().daemon().name("jandaia-usage").start(this::write);
    }

    public synchronized void add(UsageStore.Place place, Usage usage) {
        if (waiting.size() >= MOST && !waiting.containsKey(place)) {
            lost += usage.requests();
            return;
        }
        waiting.merge(place, usage, Usage::plus);
    }

    private void write() {
        while (!closed) {
            try {
                Thread.sleep(MILLIS);
            } catch (InterruptedException e) {
                return; // who closes writes the rest
            }
            flush();
        }
    }

    /** Writes what waits; false if the store fails. */
    public boolean flush() {
        Map<UsageStore.Place, Usage> batch;
        synchronized (this) {
            batch = waiting;
            waiting = new HashMap<>();
        }
        if (batch.isEmpty()) {
            return true;
        }
        try {
            store.add(batch, clock.millis());
        } catch (JandaiaException e) {
            synchronized (this) {
                batch.forEach((p, u) -> waiting.merge(p, u, Usage::plus));
                if (!failing) {
                    warn.accept("Usage cannot be written and waits in memory until it can; answers go on. "
                            + e.getMessage());
                }
                failing = true;
            }
            return false;
        }
        synchronized (this) {
            if (failing) {
                warn.accept("Usage is written again." + (lost > 0 ? " That of " + lost + " requests was lost." : ""));
            }
            failing = false;
            lost = 0;
        }
        return true;
    }

    @Override
    public void close() {
        closed = true;
        writer.interrupt();
        try {
            writer.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        flush();
    }
}
