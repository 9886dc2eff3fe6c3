package io.jandaia.model.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the engine computes for one request: one sequence, or several that advance together. Belongs to the loop thread. */
abstract sealed class Work permits Generating, Scoring, BeamSearching, Embedding {

    private boolean done;

    /** The sequences whose tokens are to be computed next. */
    abstract List<Lane> lanes();

    /** What it reads before it writes; null for most. */
    @Nullable
    Source source() {
        return null;
    }

    /** Whether it takes hidden states in place of logits. */
    boolean readsHidden() {
        return false;
    }

    /** What guesses its next tokens; null = nothing. */
    @Nullable
    Speculation speculation() {
        return null;
    }

    /** The most tokens that guesses may add to a step. */
    int draftRoom() {
        return 0;
    }

    /** Whether it takes one token a step, so that it should not wait for prompts. */
    final boolean decoding() {
        return lanes().stream().allMatch(l -> l.pending() <= 1);
    }

    /** Positions that its tokens and the next one take. */
    abstract int positions();

    boolean holdsPages() {
        return lanes().stream().anyMatch(Lane::holdsPages);
    }

    /** Called when it starts or goes on: takes what is already computed of its tokens. */
    final void resume() {
        lanes().forEach(Lane::resume);
    }

    /** Gives its pages back; its tokens are computed again when it goes on. */
    void evict() {
        lanes().forEach(Lane::evict);
    }

    final void releaseSource() {
        Source source = source();
        if (source != null) {
            source.release();
        }
    }

    final boolean done() {
        return done;
    }

    final void finish() {
        done = true;
        lanes().forEach(Lane::keep);
        evict();
        releaseSource();
    }

    /** Whether the reader can take what the next step gives. */
    abstract boolean hasRoom();

    abstract boolean cancelled();

    /** The most tokens of a sequence to compute in one step. */
    abstract int chunk();

    /** Whether the logits after position {@code position} are wanted. */
    abstract boolean wants(Lane lane, int position);

    /** Takes the logits after {@code position}, or its hidden state; may append tokens or finish. */
    abstract void accept(Lane lane, int position, float[] logits);

    /** Called before its first computation. */
    abstract void started();

    abstract void cancel();

    abstract void fail(RuntimeException e);
}
