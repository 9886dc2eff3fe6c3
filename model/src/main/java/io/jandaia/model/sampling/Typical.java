package io.jandaia.model.sampling;

import java.util.Arrays;
import java.util.Map;

/**
 * Leaves those whose surprise is nearest to the entropy until their probabilities reach p together (Meister et al. 2023), and
 * those exactly as near as the last of them.
 */
record Typical(double p) implements Step.Filter {

    /** Those at most this far (in nats) from the entropy are sorted first; each time it does not suffice, twice as far. */
    private static final double FIRST_REACH = 2;

    @Override
    public Map<String, Object> settings() {
        return Map.of(Setting.TYPICAL_P.name(), p);
    }

    @Override
    public void apply(Candidates left, double coin) {
        double entropy = left.entropy();
        long[] chosen = new long[left.size()];
        for (double reach = FIRST_REACH; ; reach *= 2) {
            int near = nearest(left, entropy, reach > 1e6 ? Double.POSITIVE_INFINITY : reach, chosen);
            double sum = 0;
            int n = 0;
            while (n < near && sum < p) {
                sum += Math.exp(left.logProbability(left.logitOf((int) chosen[n++])));
            }
            if (sum >= p || near == chosen.length) {
                while (n < near && chosen[n] >> 32 == chosen[n - 1] >> 32) {
                    n++;
                }
                keep(left, chosen, n);
                return;
            }
        }
    }

    /** Fills {@code out} with the tokens within reach, nearest first; the distance is in the upper half. */
    private static int nearest(Candidates left, double entropy, double reach, long[] out) {
        int[] n = {0};
        double expected = left.logProbability(left.max()) + entropy; // from the largest logit, in nats
        left.forEach((id, logit) -> {
            double distance = Math.abs((logit - (double) left.max()) / left.temperature() + expected);
            if (distance <= reach) {
                out[n[0]++] = (long) Float.floatToIntBits((float) distance) << 32 | id;
            }
        });
        Arrays.sort(out, 0, n[0]);
        return n[0];
    }

    private static void keep(Candidates left, long[] chosen, int n) {
        for (int i = 0; i < n; i++) {
            int id = (int) chosen[i];
            chosen[i] = Candidates.key(left.logitOf(id), id);
        }
        left.keep(chosen, n);
    }
}
