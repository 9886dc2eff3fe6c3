package io.jandaia.model.grammar;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.grammar.TokenAutomaton.State;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * One answer on its way through a grammar. Before each token it takes away what does not fit; near the limit of tokens it
 * also takes away what could not be ended in time, so that the answer is whole when the limit comes. For one thread.
 */
public final class Constraint {

    /** How often another token is drawn when one could not be ended in time. */
    private static final int TRIES = 32;

    private final TokenAutomaton automaton;
    private final Set<Integer> ends;
    private State state;
    private boolean first = true;

    /**
     * The beginning of an answer.
     *
     * @param ends tokens that end it
     */
    public Constraint(TokenAutomaton automaton, Set<Integer> ends) {
        this.automaton = automaton;
        this.ends = ends;
        synchronized (automaton) {
            automaton.trim();
            this.state = automaton.start();
        }
    }

    /** Tokens that suffice for a whole answer; a very large number if none do. */
    public int needed() {
        synchronized (automaton) {
            return automaton.needed(state);
        }
    }

    /**
     * Draws the next token; -1 where the answer is whole and nothing more can come.
     *
     * @param logits changed in place
     * @param left tokens that may still come, this one included
     * @param draw chooses by the logits
     * @throws JandaiaException USAGE when no token of the vocabulary fits
     */
    public int next(float[] logits, int left, ToIntFunction<float[]> draw) {
        if (!mask(logits)) {
            return -1;
        }
        float[] before = logits.clone(); // what draws changes logits
        for (int i = 0; i < TRIES; i++) {
            int id = draw.applyAsInt(logits);
            if (ends.contains(id) || endsInTime(id, left - 1)) {
                return id;
            }
            before[id] = Float.NEGATIVE_INFINITY;
            if (isEmpty(before)) {
                break;
            }
            System.arraycopy(before, 0, logits, 0, logits.length);
        }
        int closing;
        synchronized (automaton) {
            closing = automaton.closing(state);
        }
        if (closing < 0 && !state.accepts()) {
            throw nothingFits();
        }
        return closing;
    }

    private static boolean isEmpty(float[] logits) {
        for (float l : logits) {
            if (l != Float.NEGATIVE_INFINITY) {
                return false;
            }
        }
        return true;
    }

    private static JandaiaException nothingFits() {
        return JandaiaException.usage("No token of the model's vocabulary fits what the answer must be at this place.");
    }

    private boolean endsInTime(int id, int left) {
        synchronized (automaton) {
            State to = after(id);
            return to != null && (to.least() <= left || automaton.needed(to) <= left);
        }
    }

    private @Nullable State after(int id) {
        return id < automaton.tree().size ? automaton.next(state, automaton.tree().texts[id]) : null;
    }

    /** Takes away what does not fit; false where that is everything, and the answer is whole. */
    private boolean mask(float[] logits) {
        long[] mask;
        synchronized (automaton) {
            mask = automaton.mask(state);
        }
        boolean any = false;
        for (int word = 0; word * 64 < logits.length; word++) {
            long bits = word < mask.length ? mask[word] : 0;
            int from = word * 64;
            int to = Math.min(logits.length, from + 64);
            any |= bits != 0;
            if (bits == -1) {
                continue;
            }
            for (int id = from; id < to; id++, bits >>>= 1) {
                if ((bits & 1) == 0 && !(state.accepts() && ends.contains(id))) {
                    logits[id] = Float.NEGATIVE_INFINITY;
                }
            }
        }
        if (first) {
            automaton.tree().changedFirst.stream()
                    .filter(id -> id < logits.length)
                    .forEach(id -> {
                        logits[id] = Float.NEGATIVE_INFINITY;
                    });
        }
        if (!state.accepts()) {
            for (int id : ends) {
                if (id < logits.length) {
                    logits[id] = Float.NEGATIVE_INFINITY;
                }
            }
            if (!any) {
                throw nothingFits();
            }
        }
        return any || !ends.isEmpty();
    }

    /** The answer has one more token, which {@link #next} gave. */
    public void append(int id) {
        State to;
        synchronized (automaton) {
            to = after(id);
        }
        first = false;
        if (to == null) {
            throw new IllegalStateException("Token " + id + " does not fit the grammar.");
        }
        state = to;
    }

    /** Whether the answer may end as it is. */
    public boolean accepts() {
        return state.accepts();
    }

    /** Whether it must. */
    public boolean complete() {
        return state.complete();
    }
}
