package io.jandaia.model.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the engine computes for one request: one sequence, or several that advance together. Belongs to the loop thread. */
abstract sealed class Work permits Generating, Scoring, BeamSearching, Embedding {

    private final Handling handling;
    private boolean done;
    private long arrival;
    private int steps;
    private int reused;
    private boolean passed;

    Work(Handling handling) {
        this.handling = handling;
    }

    /** How it is served beside others. */
    final Handling handling() {
        return handling;
    }

    /** Its place among all that came. */
    final long arrival() {
        return arrival;
    }

    final void arrived(long number) {
        arrival = number;
    }

    /** Steps since it was last admitted. */
    final int steps() {
        return steps;
    }

    final void stepped() {
        steps++;
    }

    /** Tokens that were not computed, since others had. */
    final int reused() {
        return reused;
    }

    /** Whether none were, though others had, since their states cannot go back. */
    final boolean passed() {
        return passed;
    }

    /** Whether it may be sent back to wait at little cost: what it has computed is kept for it. */
    final boolean interruptible() {
        return lanes().size() == 1 && lanes().getFirst().shares();
    }

    /** Sends it back to wait; what it has computed stays known as long as there is memory. */
    final void interrupt() {
        lanes().forEach(Lane::keep);
        evict();
        releaseSource();
    }

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

    /** Positions of its first sequence that are computed. */
    final int computed() {
        return lanes().getFirst().computed();
    }

    boolean holdsPages() {
        return lanes().stream().anyMatch(Lane::holdsPages);
    }

    /** Called when it starts or goes on: takes what is already computed of its tokens. */
    final void resume() {
        boolean first = lanes().stream().allMatch(l -> l.computed() == 0);
        int known = lanes().stream().mapToInt(Lane::resume).sum();
        if (first && !began()) {
            reused = known;
            passed = known == 0 && lanes().stream().anyMatch(Lane::passed);
        }
        steps = 0;
    }

    /** Whether something of it was computed already, before it was sent back. */
    boolean began() {
        return false;
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
