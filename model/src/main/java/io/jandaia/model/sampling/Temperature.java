package io.jandaia.model.sampling;

import java.util.Map;

/** Divides the logits: below 1 the likely become likelier. */
record Temperature(double temperature) implements Step.Filter {

    @Override
    public Map<String, Object> settings() {
        return Map.of(Setting.TEMPERATURE.name(), temperature);
    }

    @Override
    public void apply(Candidates left, double coin) {
        left.temperature(temperature);
    }
}
