package io.jandaia.model.engine;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.sampling.LogProbs;
import io.jandaia.model.state.Variant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A sequence whose tokens' log-probabilities are asked for. */
final class Scoring extends Work {

    /** Every position's logits are wanted, so chunks are small: a row of logits is large. */
    private static final int CHUNK = 32;

    private final Lane lane;
    private final double[] logProbabilities;
    private final CompletableFuture<double[]> result;

    Scoring(int[] tokens, @Nullable Variant variant, CompletableFuture<double[]> result) {
        this.lane = new Lane(tokens, tokens.length, variant);
        this.logProbabilities = new double[tokens.length - 1];
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
        if (position < logProbabilities.length) {
            logProbabilities[position] = LogProbs.of(logits, lane.tokens()[position + 1]);
        } else {
            finish();
            result.complete(logProbabilities);
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
