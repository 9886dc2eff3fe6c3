package io.jandaia.model.engine;

import io.jandaia.model.state.SequenceState;
import io.jandaia.model.state.Variant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What stays computed between one generation and the next: the state of the last one and the tokens that are in it. The
 * next prompt starts where it begins to differ; by the bitwise contract its text is the same. Made by {@link Engine#keep};
 * the engine may take the memory for others, which costs time and changes nothing else. Closing gives it back.
 */
public final class Kept implements AutoCloseable {

    private final Runnable wakeEngine;
    private int[] tokens = {};
    private @Nullable SequenceState state;
    private long rests;
    private volatile int reused;
    private volatile boolean closed;

    Kept(Runnable wakeEngine) {
        this.wakeEngine = wakeEngine;
    }

    /** How many tokens of the last prompt were not computed again. */
    public int reused() {
        return reused;
    }

    /**
     * On the loop thread: the state cut to what it has in common with a prompt; null when that is nothing, as when it was
     * computed with another variant of the model.
     */
    @Nullable
    SequenceState take(int[] prompt, @Nullable Variant variant) {
        SequenceState s = state;
        state = null;
        reused = 0;
        if (s == null) {
            return null;
        }
        // The last token of a prompt is always computed: its logits are asked for.
        int most = Math.min(Math.min(tokens.length, s.length()), prompt.length - 1);
        int same = 0;
        while (same < most && tokens[same] == prompt[same]) {
            same++;
        }
        if (same == 0 || !Objects.equals(s.variant(), variant) || !s.canTruncate(same)) {
            s.close();
            return null;
        }
        s.truncate(same);
        reused = same;
        return s;
    }

    /** On the loop thread: keeps a state that holds {@code computed}. */
    void give(SequenceState s, int[] computed) {
        release();
        if (closed) {
            s.close();
        } else {
            state = s;
            tokens = computed;
            rests = System.nanoTime();
        }
    }

    /** On the loop thread: gives the memory back. */
    void release() {
        SequenceState s = state;
        state = null;
        if (s != null) {
            s.close();
        }
    }

    boolean holdsState() {
        return state != null;
    }

    /** When it was last given a state, as {@link System#nanoTime} counts. */
    long rests() {
        return rests;
    }

    boolean closed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
        wakeEngine.run();
    }
}
