package io.jandaia.server;

import io.jandaia.model.Model;
import java.time.Duration;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** The place of one model in memory. All of it is guarded by its pool. */
final class Slot {

    enum State {
        /** Waits for its turn or for room, or is being read. */
        LOADING,
        READY,
        /** Makes room once its requests have ended, and takes no new ones. */
        LEAVING,
        CLOSING,
        FAILED
    }

    final ModelSource source;
    /** Whether it stays until the end. */
    final boolean pinned;

    State state = State.LOADING;

    @Nullable
    Model model;

    @Nullable
    Throwable failure;

    /** What is counted for it; 0 before there is room. */
    long bytes;

    boolean counted;
    int leases;
    /** Of {@link System#nanoTime}. */
    long lastUsed;

    Duration keepAlive;

    @Nullable
    Future<?> expiry;

    Slot(ModelSource source, boolean pinned, Duration keepAlive) {
        this.source = source;
        this.pinned = pinned;
        this.keepAlive = keepAlive;
    }

    boolean idle() {
        return !pinned && leases == 0 && (state == State.READY || state == State.LEAVING);
    }
}
