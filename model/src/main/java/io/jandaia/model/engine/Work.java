package io.jandaia.model.engine;

import io.jandaia.model.state.PagePool;
import io.jandaia.model.state.SequenceState;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A sequence that the engine is computing: its tokens and how far they are in its state. Belongs to the loop thread. */
abstract sealed class Work permits Generating, Scoring {

    private int[] tokens;
    private int count;
    private final @Nullable Kept kept;
    private @Nullable SequenceState state;
    private boolean done;

    /** @param kept where its state comes from and goes to when it is done; null = from nothing, to nothing */
    Work(int[] prompt, @Nullable Kept kept) {
        this.tokens = prompt.clone();
        this.count = prompt.length;
        this.kept = kept;
    }

    /** Called when it starts or goes on: takes what is already computed of its tokens. */
    final void resume() {
        if (kept != null && state == null) {
            state = kept.take(Arrays.copyOf(tokens, count));
            if (state != null) {
                state.reach(promptLength());
            }
        }
    }

    final int[] tokens() {
        return tokens;
    }

    final int count() {
        return count;
    }

    final void append(int token) {
        if (count == tokens.length) {
            tokens = Arrays.copyOf(tokens, count * 2);
        }
        tokens[count++] = token;
    }

    /** The state, opened on first use with what is known of the sequence's length. */
    final SequenceState state(PagePool pool) {
        SequenceState s = state;
        if (s == null) {
            s = pool.open();
            s.reach(promptLength());
            state = s;
        }
        return s;
    }

    final int computed() {
        return state == null ? 0 : state.length();
    }

    /** Tokens that are known but not computed. */
    final int pending() {
        return count - computed();
    }

    final boolean holdsPages() {
        return state != null && state.pageCount() > 0;
    }

    /** Gives its pages back; its tokens are computed again when it goes on. */
    final void evict() {
        if (state != null) {
            state.close();
            state = null;
        }
    }

    final boolean done() {
        return done;
    }

    final void finish() {
        done = true;
        if (kept != null && state != null) {
            kept.give(state, Arrays.copyOf(tokens, state.length()));
            state = null;
        }
        evict();
    }

    /** Tokens of the prompt, which does not change when the sequence is evicted. */
    abstract int promptLength();

    /** Whether the reader can take what the next step gives. */
    abstract boolean hasRoom();

    abstract boolean cancelled();

    /** The most tokens of it to compute in one step. */
    abstract int chunk();

    /** Whether the logits after position {@code position} are wanted, when tokens up to {@code count()} are known. */
    abstract boolean wants(int position);

    /** Takes the logits after {@code position}; may append a token or finish. */
    abstract void accept(int position, float[] logits);

    /** Called before its first computation. */
    abstract void started();

    abstract void cancel();

    abstract void fail(RuntimeException e);
}
