package io.jandaia.model.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Who waits, and whose turn it is: the lowest priority number first; then the caller with the fewest sequences running; then
 * the one that has been served the fewest tokens; then who came first. A caller that comes anew, or comes back, starts with as
 * many tokens as the least served of those that are there, so that nobody saves up for later. Used under the engine's lock.
 */
final class WaitingList {

    /** After so many steps a sequence may be sent back to wait, for a caller that has far fewer. */
    static final int TURN = 64;

    private final List<Work> waiting = new ArrayList<>();
    private final Map<String, Long> served = new HashMap<>();
    private long arrivals;

    void add(Work work, Collection<Work> running) {
        work.arrived(arrivals++);
        String caller = work.handling().caller();
        if (!isHere(caller, running)) {
            long least = Long.MAX_VALUE;
            for (String other : served.keySet()) {
                if (isHere(other, running)) {
                    least = Math.min(least, servedTo(other));
                }
            }
            served.merge(caller, least == Long.MAX_VALUE ? 0 : least, Math::max);
        }
        waiting.add(work);
        if (served.size() > 10_000) { // keys come and go
            served.keySet().removeIf(c -> !isHere(c, running));
        }
    }

    private long servedTo(String caller) {
        return served.getOrDefault(caller, 0L);
    }

    private boolean isHere(String caller, Collection<Work> running) {
        return waiting.stream().anyMatch(w -> w.handling().caller().equals(caller))
                || running.stream().anyMatch(w -> w.handling().caller().equals(caller));
    }

    /** Sends one back that was running: it keeps the place that it had. */
    void back(Work work) {
        waiting.add(work);
    }

    void remove(Work work) {
        waiting.remove(work);
    }

    void forEach(Consumer<Work> action) {
        List.copyOf(waiting).forEach(action);
    }

    void removeDone() {
        waiting.removeIf(Work::done);
    }

    List<Work> drain() {
        List<Work> all = List.copyOf(waiting);
        waiting.clear();
        return all;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    int size() {
        return waiting.size();
    }

    /** Tokens of all prompts that wait. */
    long tokens() {
        return waiting.stream().mapToLong(Work::positions).sum();
    }

    /** Counts tokens that were computed for somebody. */
    void serve(Work work, int tokens) {
        served.merge(work.handling().caller(), (long) tokens, Long::sum);
    }

    /** Whose turn it is; null if nobody waits. */
    @Nullable
    Work next(Collection<Work> running) {
        return waiting.stream().min(order(running)).orElse(null);
    }

    /** The order in which prompts are computed. */
    Comparator<Work> order(Collection<Work> running) {
        ToIntFunction<Work> count = w -> count(w.handling().caller(), running);
        return Comparator.<Work>comparingInt(w -> w.handling().priority())
                .thenComparingInt(count)
                .thenComparingLong(w -> servedTo(w.handling().caller()))
                .thenComparingLong(Work::arrival);
    }

    private static int count(String caller, Collection<Work> running) {
        return (int) running.stream()
                .filter(w -> w.handling().caller().equals(caller))
                .count();
    }

    /**
     * Who should make room for {@code next} where all places are taken: one that is less urgent, or one of a caller that has at
     * least two more than the other. Null if nobody should.
     */
    @Nullable
    Work victim(Work next, List<Work> running) {
        int priority = next.handling().priority();
        List<Work> able = running.stream()
                .filter(w -> w.interruptible() && w.steps() >= TURN)
                .toList();
        Work lessUrgent = able.stream()
                .filter(w -> w.handling().priority() > priority)
                .max(Comparator.<Work>comparingInt(w -> w.handling().priority()).thenComparingLong(Work::arrival))
                .orElse(null);
        if (lessUrgent != null) {
            return lessUrgent;
        }
        int own = count(next.handling().caller(), running);
        ToIntFunction<Work> count = w -> count(w.handling().caller(), running);
        return able.stream()
                .filter(w -> w.handling().priority() == priority && count.applyAsInt(w) >= own + 2)
                .max(Comparator.comparingInt(count).thenComparingLong(Work::arrival))
                .orElse(null);
    }
}
