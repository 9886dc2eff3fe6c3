package io.jandaia.model.sampling;

import java.util.Map;

/** Leaves those at least p times as likely as the likeliest (Nguyen et al. 2024). */
record MinP(double p) implements Step.Filter {

    @Override
    public Map<String, Object> settings() {
        return Map.of(Setting.MIN_P.name(), p);
    }

    @Override
    public void apply(Candidates left, double coin) {
        left.keepAtLeast(left.max() + left.temperature() * Math.log(p));
    }
}
