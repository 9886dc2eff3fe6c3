package io.jandaia.model.sampling;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Penalises tokens that would go on with a repetition, the more the longer it is: {@code multiplier * base ^ (length -
 * allowed)} (DRY by p-e-w, as llama.cpp does it).
 *
 * @param allowed repetitions shorter than this are free
 * @param lastN how many tokens back it looks; negative = all
 * @param breakers over which no repetition goes
 */
public record Dry(double multiplier, double base, int allowed, int lastN, Breakers breakers) implements Step.Processor {

    /** ln of the largest float: beyond it the penalty would overflow. */
    private static final double MAX_LOG = 88.72283;

    /**
     * Sequences of tokens that end what counts as a repetition.
     *
     * @param tails by their first token, what must follow it; an empty one makes that token a breaker alone
     */
    public record Breakers(Map<Integer, List<int[]>> tails) {
        public static final Breakers NONE = new Breakers(Map.of());

        private boolean single(int id) {
            return tails.getOrDefault(id, List.of()).stream().anyMatch(t -> t.length == 0);
        }
    }

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put(Setting.DRY_MULTIPLIER.name(), multiplier);
        out.put(Setting.DRY_BASE.name(), base);
        out.put(Setting.DRY_ALLOWED_LENGTH.name(), allowed);
        if (lastN >= 0) {
            out.put(Setting.DRY_LAST_N.name(), lastN);
        }
        return out;
    }

    @Override
    public void apply(float[] logits, History h) {
        int n = h.length() - h.windowStart(lastN);
        if (n <= allowed) {
            return;
        }
        int limit = repeatLimit(h, n);
        if (limit < allowed) {
            return;
        }
        int[] repeats = repeats(h, n, limit);
        int[] longest = h.scratch().counts(logits.length);
        for (int k = 1; k < n; k++) { // the token before place k from the end went on after a repetition
            int id = last(h, k - 1);
            if (repeats[k] >= allowed && id < logits.length) {
                longest[id] = Math.max(longest[id], repeats[k]);
            }
        }
        int most = base > 1.000001 ? (int) (MAX_LOG / Math.log(base)) : 0;
        for (int k = 1; k < n; k++) {
            int id = last(h, k - 1);
            if (id < logits.length && longest[id] > 0) {
                int exponent = longest[id] - allowed;
                longest[id] = 0;
                if (!breakers.single(id)) {
                    logits[id] -= (float) (multiplier * Math.pow(base, most > 0 ? Math.min(exponent, most) : exponent));
                }
            }
        }
    }

    /** The token that is {@code back} places before the last. */
    private static int last(History h, int back) {
        return h.tokens()[h.length() - 1 - back];
    }

    /** How many tokens there are after the last breaker within the last {@code n}. */
    private int repeatLimit(History h, int n) {
        for (int i = 0; i < n; i++) {
            int longest = -1;
            for (int[] tail : breakers.tails.getOrDefault(last(h, i), List.of())) {
                if (tail.length > longest && tail.length <= i && follows(h, i, tail)) {
                    longest = tail.length;
                }
            }
            if (longest >= 0) {
                return i - longest;
            }
        }
        return n;
    }

    private static boolean follows(History h, int head, int[] tail) {
        for (int i = 0; i < tail.length; i++) {
            if (tail[i] != last(h, head - 1 - i)) {
                return false;
            }
        }
        return true;
    }

    /**
     * For each place k from the end, how many tokens up to it equal the last ones, at most {@code limit}: the Z function of
     * the reversed tokens, in linear time (Gusfield 1997).
     */
    private static int[] repeats(History h, int n, int limit) {
        int[] z = new int[n];
        int left = 0;
        int right = 0; // [left, right) equals a beginning
        for (int k = 1; k < n; k++) {
            int m = k < right ? Math.min(right - k, z[k - left]) : 0;
            while (k + m < n && last(h, m) == last(h, k + m)) {
                m++;
            }
            z[k] = m;
            if (k + m > right) {
                left = k;
                right = k + m;
            }
        }
        for (int k = 1; k < n; k++) {
            z[k] = Math.min(z[k], limit);
        }
        return z;
    }
}
