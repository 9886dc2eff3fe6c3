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

    /** Listing begins with tokens at most this far (in logits) from the best; each time it does not suffice, twice as far. */
    private static final double FIRST_REACH = 4;

    /** So many are sorted first; each time it does not suffice, twice as many. */
    private static final int FIRST_SORTED = 64;

    /** Up to so many are found by insertion. */
    private static final int FEW = 256;

    /** Selection that takes more rounds than this has met a bad order; sorting is sure. */
    private static final int MOST_ROUNDS = 100;

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
    /** While all are left: the first {@code size} keys are those of tokens with at least this logit. */
    private float listed;

    private double reach;
    private double temperature;
    private float max;
    /** The sum of all weights, and of weights times their logarithms; not a number when it has to be computed. */
    private double total;

    private double moment;

    /** All tokens, at temperature 1. Keeps the array. */
    void reset(float[] logits) {
        this.logits = logits;
        all = true;
        size = 0;
        sorted = 0;
        listed = Float.POSITIVE_INFINITY;
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

    /** How far a logit is from the largest: the logarithm of its weight, at most 0. */
    private double log(float logit) {
        return (logit - (double) max) / temperature;
    }

    private static double exp(double log) {
        return log < NOTHING ? 0 : Math.exp(log);
    }

    /** The sum of all weights; a weight is exp of how far a logit is from the largest. */
    double total() {
        if (Double.isNaN(total)) {
            double sum = 0;
            double products = 0;
            for (int i = 0, n = all ? logits.length : size; i < n; i++) {
                double log = log(all ? logits[i] : logit(keys[i]));
                if (log >= NOTHING) {
                    double w = Math.exp(log);
                    sum += w;
                    products += w * log;
                }
            }
            total = sum;
            moment = products;
        }
        return total;
    }

    /** In nats. */
    double entropy() {
        return Math.log(total()) - moment / total;
    }

    /** Whether there is a token of this rank; puts the tokens in order as far as that. */
    boolean ranked(int rank) {
        while (rank >= sorted) {
            if (sorted < size) {
                int end = Math.min(size, Math.max(2 * sorted, FIRST_SORTED));
                select(keys, sorted, size, end);
                Arrays.sort(keys, sorted, end);
                sorted = end;
            } else if (all) {
                list();
            } else {
                return false;
            }
        }
        return true;
    }

    /** Lists more of the tokens, all of which are left. */
    private void list() {
        boolean far = reach > 1e6;
        float least = far ? -Float.MAX_VALUE : (float) (max - reach);
        for (int i = 0; i < logits.length; i++) {
            if (logits[i] >= least && logits[i] < listed) {
                keys[size++] = key(logits[i], i);
            }
        }
        listed = least;
        reach *= 2;
        all = !far;
    }

    /** Moves the smallest so that they stand in [from, middle), in no order: Hoare's selection. */
    private static void select(long[] keys, int from, int to, int middle) {
        int low = from;
        int high = to - 1;
        for (int round = 0; low < high && middle > low && middle <= high; round++) {
            if (round == MOST_ROUNDS) {
                Arrays.sort(keys, low, high + 1);
                return;
            }
            long pivot = median(keys[low], keys[(low + high) >>> 1], keys[high]);
            int i = low;
            int j = high;
            while (i <= j) {
                while (keys[i] < pivot) {
                    i++;
                }
                while (keys[j] > pivot) {
                    j--;
                }
                if (i <= j) {
                    long k = keys[i];
                    keys[i++] = keys[j];
                    keys[j--] = k;
                }
            }
            if (middle <= j) {
                high = j;
            } else if (middle >= i) {
                low = i;
            } else {
                return;
            }
        }
    }

    private static long median(long a, long b, long c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
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
        return exp(log(logit(keys[rank])));
    }

    /** Natural logarithm of the probability of the token with this rank. */
    double logProbabilityAt(int rank) {
        return logProbability(logit(keys[rank]));
    }

    double logProbability(float logit) {
        return log(logit) - Math.log(total());
    }

    /** Leaves the likeliest, and those as likely as the last of these. */
    void keepTop(int n) {
        if (all && n <= FEW && n > sorted) { // one pass beats listing
            long[] best = best(logits, n, 0, 0);
            keepAtLeast(logit(best[best.length - 1]));
        } else if (ranked(n - 1)) {
            int end = n;
            while (ranked(end) && logitAt(end) == logitAt(n - 1)) {
                end++;
            }
            keepRanks(0, end);
        }
    }

    /** Keys of the largest values, in order; to each value {@code plus} is added, to each place {@code offset}. */
    static long[] best(float[] values, int most, float plus, int offset) {
        long[] best = new long[Math.min(most, values.length)];
        for (int i = 0; i < best.length; i++) {
            best[i] = key(values[i] + plus, offset + i);
        }
        Arrays.sort(best);
        float least = logit(best[best.length - 1]);
        for (int i = best.length; i < values.length; i++) {
            if (values[i] + plus > least) {
                least = insert(best, key(values[i] + plus, offset + i));
            }
        }
        return best;
    }

    /** Puts a key in the place of the last; the logit of the one that is then the last. */
    private static float insert(long[] best, long key) {
        int at = -Arrays.binarySearch(best, key) - 1;
        System.arraycopy(best, at, best, at + 1, best.length - 1 - at);
        best[at] = key;
        return logit(best[best.length - 1]);
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
            sorted = 0;
            size = 0;
            for (int i = 0; i < logits.length; i++) {
                if (logits[i] >= bound) {
                    keys[size++] = key(logits[i], i);
                }
            }
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
