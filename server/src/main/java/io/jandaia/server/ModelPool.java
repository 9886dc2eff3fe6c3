package io.jandaia.server;

import io.jandaia.model.Model;
import io.jandaia.server.Slot.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The models in memory. They are loaded one after another, in the order in which they were asked for; what no request uses
 * makes room for them, the longest unused first, and goes by itself after a while. No model is closed under a request.
 */
final class ModelPool implements AutoCloseable {

    private static final long LOOK_MILLIS = 100;

    private final ModelLimits limits;
    private final Map<String, Slot> slots = new LinkedHashMap<>(); // guarded by this
    private final ExecutorService loader = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("jandaia-load").factory());
    private final ScheduledExecutorService timer = timer();
    private boolean closed; // guarded by this

    ModelPool(ModelLimits limits) {
        this.limits = limits;
    }

    private static ScheduledExecutorService timer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("jandaia-expiry").factory());
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return timer;
    }

    /** Has a place for a model that {@link #open} will load and that stays. */
    synchronized void pin(ModelSource source) {
        slots.put(source.name(), new Slot(source, true, ModelLimits.FOREVER));
    }

    /** Counts what a pinned model will need, before others take it; whatever the limits say. */
    void reserve(ModelSource source) {
        long need = source.need().getAsLong();
        synchronized (this) {
            Slot slot = slots.get(source.name());
            if (slot != null) {
                count(slot, need);
            }
        }
    }

    /** Loads a model that was pinned, on this thread. */
    void open(ModelSource source) {
        Slot slot = slot(source.name());
        if (slot != null && resident(source.name()) == null) {
            loaded(slot, source.opener().get());
        }
    }

    synchronized @Nullable Slot slot(String name) {
        return slots.get(name);
    }

    synchronized boolean leaving(Slot slot) {
        return slot.state == State.LEAVING;
    }

    synchronized @Nullable Resident resident(String name) {
        Slot slot = slots.get(name);
        return slot == null || slot.model == null ? null : view(slot, slot.model);
    }

    /** Those that are loaded. */
    synchronized List<Resident> residents() {
        List<Resident> all = new ArrayList<>();
        for (Slot slot : slots.values()) {
            if (slot.model != null) {
                all.add(view(slot, slot.model));
            }
        }
        return all;
    }

    private static Resident view(Slot slot, Model model) {
        Duration unused = slot.leases > 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - slot.lastUsed);
        Instant expires = slot.pinned || slot.keepAlive.isNegative()
                ? null
                : Instant.now().plus(slot.keepAlive).minus(unused);
        return new Resident(slot.source, model, slot.bytes, expires, slot.pinned);
    }

    /**
     * A model to compute with; loads it first where it is not loaded. Whoever waits may leave: the load goes on.
     *
     * @param waiting throws when nobody waits any more
     * @throws ApiException 503 while a pinned one is being loaded or when running requests leave no room, 507 when there
     *     cannot be room; and what the load failed with
     */
    Lease lease(ModelSource source, Runnable waiting) {
        Slot slot = enter(source, waiting);
        boolean done = false;
        try {
            Lease lease = new Lease(this, slot, await(slot, waiting));
            done = true;
            return lease;
        } finally {
            if (!done) {
                release(slot);
            }
        }
    }

    private synchronized Slot enter(ModelSource source, Runnable waiting) {
        Slot slot = slots.get(source.name());
        while (!closed && slot != null && (slot.state == State.LEAVING || slot.state == State.CLOSING)) {
            look(waiting);
            slot = slots.get(source.name());
        }
        if (closed) {
            throw WorkList.ending();
        }
        if (slot == null) {
            slot = new Slot(source, false, limits.keepAlive());
            slots.put(source.name(), slot);
            Slot next = slot;
            loader.execute(() -> load(next));
        } else if (slot.pinned && slot.model == null) {
            throw ApiException.later(503, "model_loading", 1, "The model '" + source.name() + "' is being loaded.");
        }
        slot.leases++;
        if (slot.expiry != null) {
            slot.expiry.cancel(false);
        }
        return slot;
    }

    private synchronized Model await(Slot slot, Runnable waiting) {
        while (slot.state == State.LOADING) {
            look(waiting);
        }
        if (slot.failure != null) {
            throw failed(slot.source.name(), slot.failure);
        }
        if (slot.model == null) {
            throw WorkList.ending();
        }
        return slot.model;
    }

    private static ApiException failed(String name, Throwable e) {
        ApiException reason = ApiException.from(e);
        if (e instanceof ApiException) {
            return reason;
        }
        String sentence = "The model '" + name + "' could not be loaded: " + reason.sentence();
        return ApiException.of(reason.status() < 500 ? 500 : reason.status(), "model_load_failed", sentence);
    }

    /** Waits for a change, but not long: clients leave without one. */
    private synchronized void look(Runnable waiting) {
        waiting.run();
        try {
            TimeUnit.MILLISECONDS.timedWait(this, LOOK_MILLIS); // every caller looks again
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw WorkList.ending();
        }
    }

    private void load(Slot slot) {
        try {
            makeRoom(slot, slot.source.need().getAsLong());
            loaded(slot, slot.source.opener().get());
        } catch (Throwable e) { // whatever it is, those who wait must know
            synchronized (this) {
                slot.failure = e;
                slot.state = State.FAILED;
                slots.remove(slot.source.name(), slot);
                notifyAll();
            }
        }
    }

    private void loaded(Slot slot, Model model) {
        synchronized (this) {
            if (!closed) {
                slot.model = model;
                slot.state = State.READY;
                slot.lastUsed = System.nanoTime();
                expireLater(slot);
                notifyAll();
                return;
            }
            slot.state = State.FAILED;
            notifyAll();
        }
        model.close();
    }

    private void makeRoom(Slot slot, long need) {
        long end = System.nanoTime() + limits.patience().toNanos();
        while (true) {
            Slot victim;
            synchronized (this) {
                if (closed) {
                    throw WorkList.ending();
                }
                if (fits(need)) {
                    count(slot, need);
                    stay();
                    return;
                }
                boolean late = System.nanoTime() > end;
                if (late || !couldFit(need)) {
                    stay();
                    throw late ? busy(slot, need) : tooLarge(slot, need);
                }
                victim = leastRecent().filter(Slot::idle).findFirst().orElse(null);
                if (victim == null) {
                    askToLeave(need);
                    look(() -> {});
                    continue;
                }
                victim.state = State.CLOSING;
            }
            close(victim);
        }
    }

    private void count(Slot slot, long need) {
        slot.bytes = need;
        slot.counted = true;
    }

    private boolean fits(long need) {
        return used() <= limits.memory() - need
                && slots.values().stream().filter(s -> s.counted).count() < limits.models();
    }

    private long used() {
        return slots.values().stream().mapToLong(s -> s.bytes).sum();
    }

    /** Whether there would be room beside the pinned ones alone. */
    private boolean couldFit(long need) {
        long pinned = slots.values().stream()
                .filter(s -> s.pinned)
                .mapToLong(s -> s.bytes)
                .sum();
        long count = slots.values().stream().filter(s -> s.pinned).count();
        return pinned <= limits.memory() - need && count < limits.models();
    }

    private Stream<Slot> leastRecent() {
        return slots.values().stream().sorted(Comparator.comparingLong(s -> s.lastUsed));
    }

    /** Lets as many of those with requests go as are needed: no new requests for them until the load has had its turn. */
    private void askToLeave(long need) {
        long leaving = 0;
        int count = 0;
        for (Slot s : slots.values()) {
            if (s.state == State.LEAVING || s.state == State.CLOSING) {
                leaving += s.bytes;
                count++;
            }
        }
        long counted = slots.values().stream().filter(s -> s.counted).count();
        for (Slot s : leastRecent().toList()) {
            if (used() - leaving <= limits.memory() - need && counted - count < limits.models()) {
                return;
            }
            if (!s.pinned && s.state == State.READY) {
                s.state = State.LEAVING;
                leaving += s.bytes;
                count++;
            }
        }
    }

    /** Nobody needs to leave any more. */
    private void stay() {
        for (Slot s : slots.values()) {
            if (s.state == State.LEAVING) {
                s.state = State.READY;
                expireLater(s);
            }
        }
        notifyAll();
    }

    private ApiException busy(Slot slot, long need) {
        return ApiException.later(
                503,
                "models_busy",
                5,
                shortage(slot, need) + " Their requests did not end within "
                        + limits.patience().toSeconds()
                        + " seconds. Try again later, or start with a larger --max-memory"
                        + " or --max-models.");
    }

    private ApiException tooLarge(Slot slot, long need) {
        return ApiException.of(
                507,
                "insufficient_memory",
                shortage(slot, need)
                        + " Start with a larger --max-memory or --max-models, name fewer models at the start,"
                        + " or use a smaller quantisation.");
    }

    private String shortage(Slot slot, long need) {
        List<String> holders = new ArrayList<>();
        for (Slot s : slots.values()) {
            if (s.counted) {
                holders.add("'" + s.source.name() + "' has " + Bytes.text(s.bytes)
                        + (s.pinned ? " and stays" : s.leases > 0 ? " and is in use" : ""));
            }
        }
        return "There is no room for the model '" + slot.source.name() + "': it needs about " + Bytes.text(need)
                + ", and "
                + Bytes.text(Math.max(0, limits.memory() - used())) + " of " + Bytes.text(limits.memory()) + " are free"
                + (limits.models() == Integer.MAX_VALUE ? "" : " for at most " + limits.models() + " models")
                + (holders.isEmpty() ? "." : "; " + String.join(", ", holders) + ".");
    }

    /** Somebody is done with a model. */
    synchronized void release(Slot slot) {
        slot.leases--;
        slot.lastUsed = System.nanoTime();
        expireLater(slot);
        notifyAll();
    }

    /** From now on the model stays so long when no request uses it; negative = for ever. A pinned one stays anyway. */
    synchronized void keep(Lease lease, Duration unused) {
        Slot slot = slots.get(lease.name());
        if (slot != null && !slot.pinned) {
            slot.keepAlive = unused;
        }
    }

    private void expireLater(Slot slot) {
        if (slot.expiry != null) {
            slot.expiry.cancel(false);
        }
        if (!closed && slot.idle() && slot.state == State.READY && !slot.keepAlive.isNegative()) {
            long used = slot.lastUsed;
            slot.expiry = timer.schedule(() -> expire(slot, used), slot.keepAlive.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void expire(Slot slot, long used) {
        synchronized (this) {
            if (slot.lastUsed != used || !slot.idle() || slot.state != State.READY) {
                return;
            }
            slot.state = State.CLOSING;
        }
        close(slot);
    }

    /**
     * Closes a model now, or when its requests have ended.
     *
     * @return whether it is closed
     * @throws ApiException 409 when it is pinned
     */
    boolean unload(String name) {
        Slot slot;
        synchronized (this) {
            slot = slots.get(name);
            if (slot == null) {
                return true;
            }
            if (slot.pinned) {
                throw ApiException.of(
                        409,
                        "model_pinned",
                        "The model '" + name + "' was named when the server started and stays until it ends.");
            }
            if (!slot.idle() || slot.state != State.READY) {
                slot.keepAlive = Duration.ZERO;
                return false;
            }
            slot.state = State.CLOSING;
        }
        close(slot);
        return true;
    }

    private void close(Slot slot) {
        try {
            if (slot.model != null) {
                slot.model.close();
            }
        } finally {
            synchronized (this) {
                slot.model = null;
                slots.remove(slot.source.name(), slot);
                notifyAll();
            }
        }
    }

    /** Closes all of them; a load under way closes its own when it ends. */
    @Override
    public void close() {
        List<Model> open = new ArrayList<>();
        synchronized (this) {
            closed = true;
            slots.values().forEach(s -> {
                if (s.model != null && s.state != State.CLOSING) {
                    open.add(s.model);
                }
            });
            notifyAll();
        }
        timer.shutdown();
        loader.shutdown();
        open.forEach(Model::close);
        try {
            if (!loader.awaitTermination(10, TimeUnit.SECONDS)) {
                return; // its thread keeps no process alive
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
