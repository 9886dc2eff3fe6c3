package io.jandaia.model.engine;

import io.jandaia.model.state.PagePool;
import io.jandaia.model.state.SequenceState;
import io.jandaia.model.state.StateFile;
import io.jandaia.model.state.Variant;
import io.jandaia.tensor.kernel.KvShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What has been computed, by its tokens, for requests that begin alike. States share pages, so that a beginning that many
 * have is in memory once: together they are a prefix tree whose nodes are pages. The memory is what nobody else needs; the
 * state that was used least recently goes first, and with it only the pages that no other has. By the bitwise contract an
 * answer is the same with it and without. Belongs to the loop thread.
 */
final class PrefixCache {

    private static final int MOST = 1024;

    /** Shorter ones are computed sooner than looked for. */
    static final int LEAST = 8;

    /** Whether a state can be cut to any beginning: no windows, nothing recurrent. */
    private final boolean cuts;

    private final boolean recurs;
    /** The least recently used first. */
    private final List<Entry> entries = new ArrayList<>();

    private record Entry(int[] tokens, SequenceState state, String salt) {
        boolean isFor(@Nullable Variant variant, String s) {
            return Objects.equals(state.variant(), variant) && salt.equals(s);
        }
    }

    PrefixCache(PagePool pool) {
        this.cuts = pool.layout().cuts();
        this.recurs = pool.layout().recurs();
    }

    /**
     * A state with the longest known beginning of a prompt, but not of all of it: the logits after the last token are asked for.
     *
     * @param count tokens of the prompt
     * @return null if none is known that is of use
     */
    @Nullable
    SequenceState take(int[] prompt, int count, @Nullable Variant variant, String salt) {
        Match match = longest(prompt, count, variant, salt);
        if (match == null) {
            return null;
        }
        entries.remove(match.entry);
        entries.add(match.entry);
        SequenceState s = match.entry.state.fork();
        s.truncate(match.length);
        return s;
    }

    /** How many tokens {@link #take} would find. */
    int known(int[] prompt, int count, @Nullable Variant variant, String salt) {
        Match match = longest(prompt, count, variant, salt);
        return match == null ? 0 : match.length;
    }

    /** Whether something begins like a prompt, of which {@link #take} finds nothing since its state cannot go back. */
    boolean passed(int[] prompt, int count, @Nullable Variant variant, String salt) {
        return !cuts
                && longest(prompt, count, variant, salt) == null
                && entries.stream()
                        .anyMatch(e -> e.isFor(variant, salt)
                                && common(e.tokens, e.tokens.length, prompt, count - 1) >= LEAST);
    }

    /** What begins like a prompt, and with how many tokens. */
    private record Match(Entry entry, int length) {}

    private @Nullable Match longest(int[] prompt, int count, @Nullable Variant variant, String salt) {
        Match best = null;
        for (Entry e : entries) {
            int same = common(e.tokens, e.tokens.length, prompt, count - 1);
            if (same >= LEAST
                    && (best == null || same > best.length)
                    && e.isFor(variant, salt)
                    && e.state.canTruncate(same)) {
                best = new Match(e, same);
            }
        }
        return best;
    }

    static int common(int[] a, int aCount, int[] b, int bCount) {
        int most = Math.max(0, Math.min(aCount, bCount));
        int differs = Arrays.mismatch(a, 0, most, b, 0, most);
        return differs < 0 ? most : differs;
    }

    /** How many of {@code same} tokens are of use to another, of a sequence whose {@code count} tokens are being computed. */
    int useful(int same, int count) {
        return recurs && same < count ? 0 : same;
    }

    /**
     * Keeps a state that nobody goes on from any more.
     *
     * @param tokens that are in it
     */
    void give(SequenceState state, int[] tokens, String salt) {
        if (tokens.length < LEAST) {
            state.close();
            return;
        }
        for (int i = entries.size() - 1; i >= 0; i--) {
            Entry e = entries.get(i);
            int same = common(e.tokens, e.tokens.length, tokens, tokens.length);
            if (!e.isFor(state.variant(), salt) || (!cuts && e.tokens.length != tokens.length)) {
                continue;
            }
            if (same == tokens.length) { // known already
                state.close();
                entries.remove(i);
                entries.add(e);
                return;
            }
            if (same == e.tokens.length) { // longer than what is known
                entries.remove(i);
                e.state.close();
            }
        }
        entries.add(new Entry(tokens, state, salt));
        if (entries.size() > MOST) {
            release();
        }
    }

    /**
     * Keeps what a sequence has until now, which goes on: whole pages, so that it need not copy one to write into it.
     *
     * @param count tokens that are certain
     */
    void share(SequenceState state, int[] tokens, int count, String salt) {
        int length = Math.min(state.length(), count);
        int whole = length / KvShape.PAGE * KvShape.PAGE;
        int kept = whole > 0 && state.canTruncate(whole) ? whole : length;
        if (kept < LEAST || !state.canTruncate(kept)) {
            return;
        }
        SequenceState copy = state.fork();
        copy.truncate(kept);
        give(copy, Arrays.copyOf(tokens, kept), salt);
    }

    /** What can be kept: all that was computed without a variant, which is known to this process only. */
    List<StateFile.Saved> saved() {
        return entries.stream()
                .filter(e -> e.state.variant() == null)
                .map(e -> new StateFile.Saved(e.tokens, e.salt, e.state))
                .toList();
    }

    /** Gives back the memory of the state that was used least recently; false if there is none. */
    boolean release() {
        if (entries.isEmpty()) {
            return false;
        }
        entries.removeFirst().state.close();
        return true;
    }

    void clear() {
        while (release()) {}
    }
}
