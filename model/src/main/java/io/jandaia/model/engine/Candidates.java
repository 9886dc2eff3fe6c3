package io.jandaia.model.engine;

import java.util.Arrays;

/**
 * The tokens that may come next with their probabilities, most likely first; equal ones in order of id. Only as many are
 * sorted as the settings need.
 *
 * @param ids token ids
 * @param probabilities of those ids, summing to 1
 */
public record Candidates(int[] ids, double[] probabilities) {

    /** Sorting starts with tokens at most this much (in nats) less likely than the best and widens until it suffices. */
    private static final double FIRST_REACH = 12;

    /** What {@code sampling} leaves of {@code logits}, which already carry penalties; temperature must be above 0. */
    static Candidates of(float[] logits, Sampling sampling) {
        float max = Float.NEGATIVE_INFINITY;
        for (float l : logits) {
            max = Math.max(max, l);
        }
        double[] weights = new double[logits.length];
        double total = 0;
        for (int i = 0; i < logits.length; i++) {
            weights[i] = Math.exp((logits[i] - (double) max) / sampling.temperature());
            total += weights[i];
        }
        boolean all = sampling.topK() == 0 && sampling.topP() >= 1;
        for (double reach = all ? Double.POSITIVE_INFINITY : FIRST_REACH; ; reach *= 4) {
            int[] ids = sorted(logits, weights, Math.exp(-reach));
            int kept = cut(ids, weights, total, sampling, ids.length == logits.length);
            if (kept > 0) {
                return normalized(Arrays.copyOf(ids, kept), weights);
            }
        }
    }

    /** Ids with at least the given weight, heaviest first. */
    private static int[] sorted(float[] logits, double[] weights, double least) {
        int n = 0;
        long[] keys = new long[weights.length];
        for (int i = 0; i < weights.length; i++) {
            if (weights[i] >= least) {
                int bits = Float.floatToIntBits(logits[i]);
                int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE); // orders like the float
                keys[n++] = (long) ~ascending << 32 | i;
            }
        }
        Arrays.sort(keys, 0, n);
        int[] ids = new int[n];
        for (int i = 0; i < n; i++) {
            ids[i] = (int) keys[i];
        }
        return ids;
    }

    /** How many of the sorted ids stay; 0 when these are too few to tell. */
    private static int cut(int[] ids, double[] weights, double total, Sampling s, boolean complete) {
        int n = ids.length;
        if (s.topK() > 0) {
            if (n < s.topK() && !complete) {
                return 0;
            }
            n = Math.min(n, s.topK());
            total = 0;
            for (int i = 0; i < n; i++) {
                total += weights[ids[i]];
            }
        }
        if (s.topP() < 1) {
            double sum = 0;
            int i = 0;
            while (i < n && sum < s.topP() * total) {
                sum += weights[ids[i++]];
            }
            if (sum < s.topP() * total && !complete && s.topK() == 0) {
                return 0;
            }
            n = i;
        }
        if (s.minP() > 0) {
            double least = s.minP() * weights[ids[0]];
            int i = 1;
            while (i < n && weights[ids[i]] >= least) {
                i++;
            }
            n = i;
        }
        return n;
    }

    private static Candidates normalized(int[] ids, double[] weights) {
        double[] p = new double[ids.length];
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            p[i] = weights[ids[i]];
            sum += p[i];
        }
        for (int i = 0; i < p.length; i++) {
            p[i] /= sum;
        }
        return new Candidates(ids, p);
    }

    /** The id at the point {@code u} in [0, 1) of the cumulated probabilities. */
    int at(double u) {
        double sum = 0;
        for (int i = 0; i < ids.length; i++) {
            sum += probabilities[i];
            if (u < sum) {
                return ids[i];
            }
        }
        return ids[ids.length - 1];
    }
}
