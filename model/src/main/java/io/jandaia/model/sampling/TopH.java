package io.jandaia.model.sampling;

import java.util.Map;

/**
 * Of the 100 likeliest leaves as many as have no more than the share h of their entropy, at least one (Potraghloo et al.
 * 2025, as transformers does it).
 */
record TopH(double h) implements Step.Filter {

    private static final int MOST = 100;

    @Override
    public Map<String, Object> settings() {
        return Map.of(Setting.TOP_H.name(), h);
    }

    @Override
    public void apply(Candidates left, double coin) {
        int n = 0;
        while (n < MOST && left.ranked(n)) {
            n++;
        }
        left.keepRanks(0, n);
        double target = h * left.entropy();
        double sum = 0;
        int kept = 0;
        while (kept < n) {
            double log = left.logProbabilityAt(kept);
            sum -= Math.exp(log) * log;
            if (sum > target && kept > 0) {
                break;
            }
            kept++;
        }
        left.keepRanks(0, kept);
    }
}
