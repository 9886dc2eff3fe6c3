package io.jandaia.server;

import io.jandaia.model.Model;

/** A model that somebody uses: it is not closed before this is. */
public final class Lease implements AutoCloseable {

    private final ModelPool pool;
    private final Slot slot;
    private final Model model;
    private boolean closed;

    Lease(ModelPool pool, Slot slot, Model model) {
        this.pool = pool;
        this.slot = slot;
        this.model = model;
    }

    public Model model() {
        return model;
    }

    String name() {
        return slot.source.name();
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            pool.release(slot);
        }
    }
}
