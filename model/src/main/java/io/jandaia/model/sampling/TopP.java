package io.jandaia.model.sampling;

import java.util.Map;

/** Leaves the likeliest whose probabilities reach p together (Holtzman et al. 2020). */
record TopP(double p) implements Step.Filter {

    @Override
    public Map<String, Object> settings() {
        return Map.of(Setting.TOP_P.name(), p);
    }

    @Override
    public void apply(Candidates left, double coin) {
        double target = p * left.total();
        double sum = 0;
        int n = 0;
        while (sum < target && left.ranked(n)) {
            sum += left.weightAt(n++);
        }
        left.keepRanks(0, n);
    }
}
