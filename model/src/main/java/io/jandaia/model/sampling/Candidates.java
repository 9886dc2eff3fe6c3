package io.jandaia.model.sampling;

import io.jandaia.error.JandaiaException;
import java.util.Arrays;

/**
 * The tokens that may come next. The probability of one follows from its logit: proportional to {@code exp(logit /
 * temperature)} among those that are left. At first all tokens are left, by their array of logits alone; filters then leave
 * some. A token has a rank: 0 is the likeliest, of equal ones the first id. Only as many are sorted as ranks are asked for.
 * One buffer that is used again for every token; for one thread.
 */
final class Candidates {

    /** Sorting begins with tokens at most this far (in logits) from the best; each time it does not suffice, twice as far. */
    private static final double FIRST_REACH = 4;

    /** Weights below exp(-40) are taken for nothing: a million of them would change a sum by less than one double step. */
    private static final double NOTHING = -40;

    private float[] logits = {};
    /** Whether all tokens with finite logits are left; else they are the first {@code size} keys. */
    private boolean all;
    /** Keys that sort by rank: the logit, reversed, in the upper and the id in the lower half. */
    private long[] keys = {};

    private int size;
    /** So many keys are in order and rank before all others. */
    private int sorted;

    private double reach;
    private double temperature;
    private float max;
    private double total;

    /** All tokens, at temperature 1. Keeps the array. */
    void reset(float[] logits) {
        this.logits = logits;
        all = true;
        sorted = 0;
        reach = FIRST_REACH;
        temperature = 1;
        total = Double.NaN;
        float best = Float.NEGATIVE_INFINITY;
        for (float l : logits) {
            if (!(l < Float.POSITIVE_INFINITY)) {
                throw notNumbers();
            }
            best = Math.max(best, l);
        }
        if (best == Float.NEGATIVE_INFINITY) {
            throw allBanned();
        }
        max = best;
        if (keys.length < logits.length) {
            keys = new long[logits.length];
        }
    }

    static JandaiaException allBanned() {
        return JandaiaException.usage(
                "Every token is banned at this place, so none can be chosen; take back some of what"
                        + " bans tokens (ban, logit-bias, bad_words_ids, no-repeat-ngram-size, min-tokens, suppress_tokens).");
    }

    static JandaiaException notNumbers() {
        return JandaiaException.format(
                "The model computed a logit that is not a number; its weights are damaged or overflow.");
    }

    static long key(float logit, int id) {
        int bits = Float.floatToIntBits(logit);
        int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE); // orders like the float
        return (long) ~ascending << 32 | id;
    }

    static float logit(long key) {
        int ascending = ~(int) (key >> 32);
        return Float.intBitsToFloat(ascending ^ ((ascending >> 31) & Integer.MAX_VALUE));
    }

    /** Divides the logits once more. */
    void temperature(double t) {
        temperature *= t;
        total = Double.NaN;
    }

    double temperature() {
        return temperature;
    }

    /** The largest logit, before temperature. */
    float max() {
        return max;
    }

    /** exp of how far a logit is from the largest; at most 1. */
    private double weight(float logit) {
        double x = (logit - (double) max) / temperature;
        return x < NOTHING ? 0 : Math.exp(x);
    }

    /** The sum of all weights. */
    double total() {
        if (Double.isNaN(total)) {
            double sum = 0;
            if (all) {
                for (float l : logits) {
                    sum += weight(l);
                }
            } else {
                for (int i = 0; i < size; i++) {
                    sum += weight(logit(keys[i]));
                }
            }
            total = sum;
        }
        return total;
    }

    /** Whether there is a token of this rank; puts the tokens in order as far as that. */
    boolean ranked(int rank) {
        while (rank >= sorted) {
            if (!all && sorted == size) {
                return false;
            }
            boolean far = reach > 1e6;
            float least = far ? -Float.MAX_VALUE : (float) (max - reach);
            reach *= 2;
            if (all) {
                sorted = collect(least);
                all = !far;
                size = sorted;
                Arrays.sort(keys, 0, sorted);
            } else {
                int from = sorted;
                sorted = toFront(least);
                Arrays.sort(keys, from, sorted);
            }
        }
        return true;
    }

    private int collect(float least) {
        int n = 0;
        for (int i = 0; i < logits.length; i++) {
            if (logits[i] >= least) {
                keys[n++] = key(logits[i], i);
            }
        }
        return n;
    }

    /** Moves those with at least this logit before the others; how many there are. */
    private int toFront(float least) {
        int n = sorted;
        for (int i = sorted; i < size; i++) {
            if (logit(keys[i]) >= least) {
                long k = keys[i];
                keys[i] = keys[n];
                keys[n++] = k;
            }
        }
        return n;
    }

    /** The logit of a token, left or not. */
    float logitOf(int id) {
        return logits[id];
    }

    float logitAt(int rank) {
        return logit(keys[rank]);
    }

    int idAt(int rank) {
        return (int) keys[rank];
    }

    double weightAt(int rank) {
        return weight(logit(keys[rank]));
    }

    /** Natural logarithm of the probability of the token with this rank. */
    double logProbabilityAt(int rank) {
        return logProbability(logit(keys[rank]));
    }

    double logProbability(float logit) {
        return (logit - (double) max) / temperature - Math.log(total());
    }

    /** In nats. */
    double entropy() {
        double log = Math.log(total());
        double sum = 0;
        for (int i = 0, n = all ? logits.length : size; i < n; i++) {
            float l = all ? logits[i] : logit(keys[i]);
            double w = weight(l);
            if (w > 0) {
                sum -= w * ((l - (double) max) / temperature - log);
            }
        }
        return sum / total;
    }

    /** Leaves the likeliest, and those as likely as the last of these. */
    void keepTop(int n) {
        if (ranked(n - 1)) {
            int end = n;
            while (ranked(end) && logitAt(end) == logitAt(n - 1)) {
                end++;
            }
            keepRanks(0, end);
        }
    }

    /** Leaves those with ranks from {@code from} on and before {@code to}, which is a rank that was asked for or the end. */
    void keepRanks(int from, int to) {
        if (from > 0) {
            System.arraycopy(keys, from, keys, 0, to - from);
        }
        all = false;
        size = to - from;
        sorted = size;
        max = logitAt(0);
        total = Double.NaN;
    }

    /** Takes the {@code n} likeliest out. */
    void dropRanks(int n) {
        if (all) {
            long last = keys[n - 1];
            size = 0;
            for (int i = 0; i < logits.length; i++) {
                long key = key(logits[i], i);
                if (key > last && logits[i] != Float.NEGATIVE_INFINITY) {
                    keys[size++] = key;
                }
            }
            all = false;
            sorted = 0;
        } else {
            size -= n;
            sorted -= n;
            System.arraycopy(keys, n, keys, 0, size);
        }
        ranked(0);
        max = logitAt(0);
        total = Double.NaN;
    }

    /** Leaves those whose logit, before temperature, is at least this; always the likeliest. */
    void keepAtLeast(double least) {
        float bound = (float) Math.clamp(least, -Float.MAX_VALUE, max);
        if (bound < least && bound < max) {
            bound = Math.nextUp(bound); // it was rounded down
        }
        if (all) {
            size = collect(bound);
            sorted = 0;
            reach = FIRST_REACH;
        } else {
            int inOrder = 0;
            int n = 0;
            for (int i = 0; i < size; i++) {
                if (logit(keys[i]) >= bound) {
                    keys[n++] = keys[i];
                    inOrder = i < sorted ? n : inOrder;
                }
            }
            size = n;
            sorted = inOrder;
        }
        all = false;
        total = Double.NaN;
    }

    /** Calls for every token that is left, in no order. */
    void forEach(Each each) {
        for (int i = 0, n = all ? logits.length : size; i < n; i++) {
            float l = all ? logits[i] : logit(keys[i]);
            if (l != Float.NEGATIVE_INFINITY) {
                each.accept(all ? i : (int) keys[i], l);
            }
        }
    }

    interface Each {
        void accept(int id, float logit);
    }

    /** Leaves these, given by their keys. */
    void keep(long[] chosen, int n) {
        System.arraycopy(chosen, 0, keys, 0, n);
        Arrays.sort(keys, 0, n);
        all = false;
        size = n;
        keepRanks(0, n);
    }

    /** How many are left. */
    int size() {
        if (!all) {
            return size;
        }
        int n = 0;
        for (float l : logits) {
            n += l == Float.NEGATIVE_INFINITY ? 0 : 1;
        }
        return n;
    }

    /** The rank at the point {@code u} in [0, 1) of the cumulated probabilities, likeliest first. */
    int rankAt(double u) {
        double target = u * total();
        double sum = 0;
        int rank = 0;
        int last = 0;
        while (ranked(rank)) {
            double w = weightAt(rank);
            if (w == 0) {
                break;
            }
            sum += w;
            if (target < sum) {
                return rank;
            }
            last = rank++;
        }
        return last;
    }
}
