package io.jandaia.model.engine;

import io.jandaia.error.JandaiaException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A running generation: a bounded queue of events. A reader that falls behind pauses its own sequence and nobody else's.
 * Any thread may read or cancel; closing cancels.
 */
public final class Generation implements AutoCloseable {

    /** Events that may wait for the reader. */
    static final int CAPACITY = 64;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Deque<TokenEvent> events = new ArrayDeque<>();
    private final Runnable wakeEngine;
    private @Nullable RuntimeException failure;
    private boolean ended;
    private volatile boolean cancelled;

    Generation(Runnable wakeEngine) {
        this.wakeEngine = wakeEngine;
    }

    /**
     * Waits for the next event; null after the last one.
     *
     * @throws JandaiaException if generation failed, or CANCELLED if this thread is interrupted while waiting
     */
    public @Nullable TokenEvent next() {
        TokenEvent event;
        boolean wasFull;
        lock.lock();
        try {
            while (events.isEmpty() && !ended) {
                arrived.await();
            }
            if (events.isEmpty()) {
                if (failure != null) {
                    throw failure;
                }
                return null;
            }
            wasFull = events.size() >= CAPACITY;
            event = events.poll();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            cancel();
            throw new JandaiaException(
                    JandaiaException.Kind.CANCELLED, "Waiting for the next token was interrupted.", e);
        } finally {
            lock.unlock();
        }
        if (wasFull) {
            wakeEngine.run();
        }
        return event;
    }

    /** Stops the work within one step of the engine; events already queued can still be read. */
    public void cancel() {
        cancelled = true;
        wakeEngine.run();
    }

    boolean cancelled() {
        return cancelled;
    }

    boolean hasRoom() {
        lock.lock();
        try {
            return events.size() < CAPACITY;
        } finally {
            lock.unlock();
        }
    }

    void put(TokenEvent event) {
        lock.lock();
        try {
            events.add(event);
            ended |= event instanceof TokenEvent.Finished;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void fail(RuntimeException e) {
        lock.lock();
        try {
            failure = e;
            ended = true;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        cancel();
    }
}
