package io.jandaia.model.engine;

import io.jandaia.model.state.PagePool;
import io.jandaia.model.state.SequenceState;
import io.jandaia.model.state.Variant;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One sequence that the engine is computing: its tokens and how far they are in its state. Belongs to the loop thread. */
final class Lane {

    private final int reach;
    private final @Nullable Variant variant;
    private final @Nullable PrefixCache prefixes;
    private final String salt;
    private int[] tokens;
    private int count;
    private @Nullable SequenceState state;

    /**
     * @param reach the length of the prompt, which does not change when the sequence is evicted
     * @param variant what it is computed with besides the model; null = nothing
     */
    Lane(int[] tokens, int reach, @Nullable Variant variant) {
        this(tokens, reach, variant, null, "");
    }

    /** @param prefixes where its state comes from and goes to when it is done; null = from nothing, to nothing */
    Lane(int[] tokens, int reach, @Nullable Variant variant, @Nullable PrefixCache prefixes, String salt) {
        this.variant = variant;
        this.tokens = tokens.clone();
        this.count = tokens.length;
        this.reach = reach;
        this.prefixes = prefixes;
        this.salt = salt;
    }

    /** Called when it starts or goes on: takes what is already computed of its tokens; how many those are. */
    int resume() {
        if (prefixes == null || computed() > 0) {
            return 0;
        }
        SequenceState known = prefixes.take(tokens, count, variant, salt);
        if (known == null) {
            return 0;
        }
        evict();
        known.reach(reach);
        state = known;
        return known.length();
    }

    /** Leaves its state to who begins alike. */
    void keep() {
        if (prefixes != null && state != null) {
            prefixes.give(state, Arrays.copyOf(tokens, state.length()), salt);
            state = null;
        }
    }

    /** Lets others use what it has until now. */
    void share() {
        if (prefixes != null && state != null) {
            prefixes.share(state, tokens, count, salt);
        }
    }

    /** Whether others may begin with what this one computes. */
    boolean shares() {
        return prefixes != null;
    }

    /** How many tokens both begin with, if the other may use what this one will have; else 0. */
    int common(Lane other) {
        return prefixes == null
                        || other.prefixes == null
                        || !Objects.equals(variant, other.variant)
                        || !salt.equals(other.salt)
                ? 0
                : prefixes.useful(PrefixCache.common(tokens, count, other.tokens, other.count), count);
    }

    /** How many of its tokens are known to others. */
    int known() {
        return prefixes == null ? 0 : prefixes.known(tokens, count, variant, salt);
    }

    /** Whether others have computed how it begins, but only to states that cannot go back. */
    boolean passed() {
        return prefixes != null && prefixes.passed(tokens, count, variant, salt);
    }

    int[] tokens() {
        return tokens;
    }

    int count() {
        return count;
    }

    void append(int token) {
        if (count == tokens.length) {
            tokens = Arrays.copyOf(tokens, count * 2);
        }
        tokens[count++] = token;
    }

    /** The state, opened on first use with what is known of the sequence's length. */
    SequenceState state(PagePool pool) {
        SequenceState s = state;
        if (s == null) {
            s = pool.open(variant);
            s.reach(reach);
            state = s;
        }
        return s;
    }

    /** Forgets what is computed from {@code length} on, which were wrong guesses. */
    void cut(int length) {
        if (state != null && state.length() > length) {
            state.truncate(length);
        }
    }

    /** Another sequence with these tokens that remembers what this one does; they share pages. */
    Lane fork() {
        return with(state == null ? null : state.fork());
    }

    /** The same with the state itself, which this one no longer has. */
    Lane handOver() {
        Lane heir = with(state);
        state = null;
        return heir;
    }

    /** Remembers what another one does, whose tokens must be the beginning of these. */
    void adopt(Lane other) {
        state = other.state == null ? null : other.state.fork();
    }

    private Lane with(@Nullable SequenceState s) {
        Lane lane = new Lane(Arrays.copyOf(tokens, count), reach, variant);
        lane.state = s;
        return lane;
    }

    int computed() {
        return state == null ? 0 : state.length();
    }

    /** Tokens that are known but not computed. */
    int pending() {
        return count - computed();
    }

    boolean holdsPages() {
        return state != null && state.pageCount() > 0;
    }

    /** Gives its pages back; its tokens are computed again when it goes on. */
    void evict() {
        if (state != null) {
            state.close();
            state = null;
        }
    }
}
