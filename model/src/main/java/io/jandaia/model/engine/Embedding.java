package io.jandaia.model.engine;

import io.jandaia.error.JandaiaException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A text whose hidden states a decoder computes, for one vector of them all. */
final class Embedding extends Work {

    private final Lane lane;
    private final Pooling pooling;
    private final CompletableFuture<float[]> result;
    private double[] sum = {};

    Embedding(int[] tokens, Pooling pooling, CompletableFuture<float[]> result) {
        super(Handling.DEFAULT);
        this.lane = new Lane(tokens, tokens.length, null);
        this.pooling = pooling;
        this.result = result;
    }

    @Override
    List<Lane> lanes() {
        return List.of(lane);
    }

    @Override
    int positions() {
        return lane.count();
    }

    @Override
    void evict() {
        super.evict();
        sum = new double[0];
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
        return Integer.MAX_VALUE;
    }

    @Override
    boolean readsHidden() {
        return true;
    }

    @Override
    boolean wants(Lane l, int position) {
        return position == lane.count() - 1 || pooling == Pooling.MEAN || (pooling == Pooling.CLS && position == 0);
    }

    @Override
    void accept(Lane l, int position, float[] hidden) {
        boolean counts =
                pooling == Pooling.MEAN || (pooling == Pooling.CLS ? position == 0 : position == lane.count() - 1);
        if (sum.length == 0) {
            sum = new double[hidden.length];
        }
        for (int i = 0; counts && i < sum.length; i++) {
            sum[i] += hidden[i];
        }
        if (position == lane.count() - 1) {
            float[] out = new float[sum.length];
            for (int i = 0; i < out.length; i++) {
                out[i] = (float) (pooling == Pooling.MEAN ? sum[i] / lane.count() : sum[i]);
            }
            finish();
            result.complete(out);
        }
    }

    @Override
    void started() {}

    @Override
    void cancel() {
        fail(new JandaiaException(JandaiaException.Kind.CANCELLED, "Embedding was cancelled."));
    }

    @Override
    void fail(RuntimeException e) {
        finish();
        result.completeExceptionally(e);
    }
}
