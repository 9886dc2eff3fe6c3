package io.jandaia.model.engine;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.sampling.LogProbs;
import io.jandaia.model.sampling.Scratch;
import io.jandaia.model.state.Variant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A sequence whose tokens' log-probabilities are asked for. */
final class Scoring extends Work {

    /** Every position's logits are wanted, so chunks are small: a row of logits is large. */
    private static final int CHUNK = 32;

    private final Lane lane;
    private final int top;
    private final Scratch scratch;
    private final List<LogProbs.OfToken> found = new ArrayList<>();
    private final CompletableFuture<List<LogProbs.OfToken>> result;

    /** @param top how many of the likeliest tokens at each place */
    Scoring(
            int[] tokens,
            int top,
            @Nullable Variant variant,
            Scratch scratch,
            CompletableFuture<List<LogProbs.OfToken>> result) {
        super(Handling.DEFAULT);
        this.lane = new Lane(tokens, tokens.length, variant);
        this.top = top;
        this.scratch = scratch;
        this.result = result;
    }

    @Override
    List<Lane> lanes() {
        return List.of(lane);
    }

    @Override
    int positions() {
        return lane.count() + 1;
    }

    @Override
    boolean hasRoom() {
        return true;
    }

    @Override
    boolean cancelled() {
        return result.isCancelled();
    }

    @Override
    int chunk() {
        return CHUNK;
    }

    @Override
    boolean wants(Lane l, int position) {
        return true;
    }

    @Override
    void accept(Lane l, int position, float[] logits) {
        if (position < found.size()) {
            return; // it was evicted, and this is computed again
        }
        if (position < lane.count() - 1) {
            int id = lane.tokens()[position + 1];
            found.add(
                    top == 0
                            ? new LogProbs.OfToken(LogProbs.of(logits, id), List.of())
                            : LogProbs.of(logits, top, scratch).of(id));
        } else {
            finish();
            result.complete(List.copyOf(found));
        }
    }

    @Override
    void started() {}

    @Override
    void cancel() {
        fail(new JandaiaException(JandaiaException.Kind.CANCELLED, "Scoring was cancelled."));
    }

    @Override
    void fail(RuntimeException e) {
        finish();
        result.completeExceptionally(e);
    }
}
