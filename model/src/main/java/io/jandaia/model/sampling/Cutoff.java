package io.jandaia.model.sampling;

import java.util.Map;

/**
 * Leaves those with at least a probability: epsilon, or for eta the smaller one of epsilon and {@code sqrt(epsilon) *
 * exp(-entropy)}; at least the likeliest (Hewitt, Manning and Liang 2022).
 */
record Cutoff(double epsilon, boolean eta) implements Step.Filter {

    @Override
    public Map<String, Object> settings() {
        return Map.of((eta ? Setting.ETA_CUTOFF : Setting.EPSILON_CUTOFF).name(), epsilon);
    }

    @Override
    public void apply(Candidates left, double coin) {
        double least = eta ? Math.min(epsilon, Math.sqrt(epsilon) * Math.exp(-left.entropy())) : epsilon;
        left.keepAtLeast(left.max() + left.temperature() * (Math.log(least) + Math.log(left.total())));
    }
}
