package io.jandaia.model.engine;

import io.jandaia.error.JandaiaException;
import java.util.concurrent.CompletableFuture;

/** A sequence whose tokens' log-probabilities are asked for. */
final class Scoring extends Work {

    /** Every position's logits are wanted, so chunks are small: a row of logits is large. */
    private static final int CHUNK = 32;

    private final double[] logProbabilities;
    private final CompletableFuture<double[]> result;

    Scoring(int[] tokens, CompletableFuture<double[]> result) {
        super(tokens, null);
        this.logProbabilities = new double[tokens.length - 1];
        this.result = result;
    }

    @Override
    int promptLength() {
        return count();
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
    boolean wants(int position) {
        return true;
    }

    @Override
    void accept(int position, float[] logits) {
        if (position < logProbabilities.length) {
            logProbabilities[position] = Sampler.logProbability(logits, tokens()[position + 1]);
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
