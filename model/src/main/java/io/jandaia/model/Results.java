package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What the engine computes for a caller who waits. */
final class Results {
    private Results() {}

    /**
     * The result.
     *
     * @throws JandaiaException as the computation failed; CANCELLED when the thread is interrupted, and then it ends
     */
    static <T> T of(CompletableFuture<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            future.cancel(true);
            Thread.currentThread().interrupt();
            throw new JandaiaException(
                    JandaiaException.Kind.CANCELLED, "Interrupted before the result was computed.", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof JandaiaException j ? j : new CompletionException(e.getCause());
        }
    }
}
