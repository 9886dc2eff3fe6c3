package io.jandaia.model.engine;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.state.PagePool;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What waits, what is computed, and when one takes the place of the other. Any thread may add; all else is the loop thread's,
 * which alone changes what is computed, and so reads it without a lock.
 */
final class Schedule {

    private static final int MAX_WAITING = 1024;

    private final int maxRunning;
    private final PagePool pool;
    private final @Nullable PrefixCache prefixes;
    private final WaitingList waiting = new WaitingList(); // guarded by this
    private final List<Work> running = new ArrayList<>(); // changed under this

    /**
     * @param maxRunning sequences computed together
     * @param prefixes whose memory is given to those who need it; null = none
     */
    Schedule(int maxRunning, PagePool pool, @Nullable PrefixCache prefixes) {
        this.maxRunning = maxRunning;
        this.pool = pool;
        this.prefixes = prefixes;
    }

    /** @throws JandaiaException RESOURCE when too many wait */
    synchronized void add(Work work) {
        if (waiting.size() >= MAX_WAITING) {
            throw JandaiaException.resource(
                    MAX_WAITING + " requests are waiting already. Try again when some are done.");
        }
        waiting.add(work, running);
    }

    /** Tokens of the prompts that wait. */
    synchronized long waitingTokens() {
        return waiting.tokens();
    }

    /** What is computed. */
    List<Work> running() {
        return Collections.unmodifiableList(running);
    }

    /** The same in the order of a step: single tokens first, then prompts as it is their turn. */
    synchronized List<Work> inOrder() {
        List<Work> order = new ArrayList<>();
        running.stream().filter(Work::decoding).forEach(order::add);
        running.stream()
                .filter(w -> !w.decoding())
                .sorted(waiting.order(running))
                .forEach(order::add);
        return order;
    }

    /** Lets in what has room, and ends what was cancelled while it waited. */
    synchronized void admit() {
        waiting.forEach(w -> {
            if (w.cancelled()) {
                w.cancel();
            }
        });
        waiting.removeDone();
        for (Work next; (next = waiting.next(running)) != null; ) {
            if (running.size() >= maxRunning) {
                Work victim = waiting.victim(next, running);
                if (victim == null) {
                    return;
                }
                victim.interrupt();
                running.remove(victim);
                waiting.back(victim);
            }
            try {
                next.resume();
            } catch (RuntimeException e) { // or it would be tried again for ever
                waiting.remove(next);
                next.fail(Failures.of(e));
                continue;
            }
            while (!running.isEmpty() && !pool.fits(next.positions() - next.computed())) {
                if (!releasePrefix()) {
                    next.interrupt(); // it waits with what it found
                    return;
                }
            }
            waiting.remove(next);
            running.add(next);
        }
    }

    /** Takes the memory of a prefix that nobody uses; false when there is none. */
    boolean releasePrefix() {
        return prefixes != null && prefixes.release();
    }

    /** One that was computed gives its memory back and waits. */
    synchronized void evict(Work victim) {
        victim.evict();
        victim.releaseSource();
        running.remove(victim);
        waiting.back(victim);
    }

    /** Counts tokens that a step computes for somebody. */
    synchronized void serve(Work work, int tokens) {
        waiting.serve(work, tokens);
        work.stepped();
    }

    /** Ends what is late. */
    synchronized void endLate() {
        waiting.forEach(Schedule::endIfLate);
        waiting.removeDone();
        running.forEach(Schedule::endIfLate);
        removeDone();
    }

    private static void endIfLate(Work w) {
        Instant deadline = w.handling().deadline();
        if (deadline != null && !Instant.now().isBefore(deadline)) {
            w.fail(new JandaiaException(
                    JandaiaException.Kind.TIMEOUT,
                    "The answer was not complete by its deadline. Allow more time, or ask for less."));
        }
    }

    /** When the first would be late, in milliseconds since 1970. */
    synchronized long nextDeadline() {
        long[] first = {Long.MAX_VALUE};
        Consumer<Work> look = w -> {
            Instant deadline = w.handling().deadline();
            first[0] = deadline == null ? first[0] : Math.min(first[0], deadline.toEpochMilli() + 1);
        };
        waiting.forEach(look);
        running.forEach(look);
        return first[0];
    }

    /** Forgets what is done; whether something was. */
    boolean removeDone() {
        if (running.stream().noneMatch(Work::done)) {
            return false;
        }
        synchronized (this) {
            return running.removeIf(Work::done);
        }
    }

    /** Ends what is computed with an error. */
    synchronized void fail(JandaiaException e) {
        running.forEach(w -> w.fail(e));
        running.clear();
    }

    /** Ends what waits, too. */
    synchronized void failAll(JandaiaException e) {
        running.addAll(waiting.drain());
        fail(e);
    }
}
