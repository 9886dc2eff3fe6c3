package io.jandaia.model.engine;

import io.jandaia.model.state.PagePool;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Brings a cache from one run to the next. Any thread may ask for it; the loop thread does it. */
final class PrefixKeeper {

    private final PrefixCache cache;
    private final PagePool pool;
    private final CompletableFuture<@Nullable String> restored = new CompletableFuture<>();
    private volatile @Nullable PrefixStore store;

    PrefixKeeper(PrefixCache cache, PagePool pool) {
        this.cache = cache;
        this.pool = pool;
    }

    /** Has the loop thread read what was kept there, and keep there what is known at the end. */
    void ask(PrefixStore where) {
        store = where;
    }

    /** What there is to say of what was kept, when the loop thread has read it; null = nothing. */
    @Nullable
    String note() {
        return restored.join();
    }

    void restore() {
        if (store == null || restored.isDone()) {
            return;
        }
        try {
            restored.complete(store.restore(cache, pool));
        } catch (RuntimeException | Error e) {
            restored.completeExceptionally(e);
        }
    }

    /** The end: what is known is kept, and nobody waits any more for what was. */
    void end(boolean keep) {
        String why = store == null || !keep ? null : store.save(cache, pool);
        if (why != null) {
            System.getLogger(PrefixKeeper.class.getName()).log(System.Logger.Level.WARNING, why);
        }
        restored.complete(null);
    }
}
