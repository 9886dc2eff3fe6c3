package io.jandaia.model.sampling;

import java.util.Map;

/** Leaves those whose logit is at most n standard deviations of all logits below the largest (Tang et al. 2024). */
record TopNSigma(double n) implements Step.Filter {

    @Override
    public Map<String, Object> settings() {
        return Map.of(Setting.TOP_N_SIGMA.name(), n);
    }

    @Override
    public void apply(Candidates left, double coin) {
        double[] moments = new double[3]; // count, sum, squares of the distance from the largest
        left.forEach((id, l) -> {
            double d = left.max() - (double) l;
            moments[0]++;
            moments[1] += d;
            moments[2] += d * d;
        });
        double mean = moments[1] / moments[0];
        double variance = Math.max(0, moments[2] / moments[0] - mean * mean);
        left.keepAtLeast(left.max() - n * Math.sqrt(variance));
    }
}
