package io.jandaia.model.sampling;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes the end likelier the longer the answer is: adds {@code |logit| * (factor ^ (tokens - start) - 1)} to end tokens
 * (transformers' exponential_decay_length_penalty).
 */
public record LengthDecay(Curve curve, Set<Integer> ends) implements Step.Processor {

    /**
     * How fast the end becomes likelier.
     *
     * @param start tokens of the answer after which it begins
     * @param factor of growth with each token
     */
    public record Curve(int start, double factor) {}

    @Override
    public Map<String, Object> settings() {
        return Map.of(Setting.LENGTH_DECAY.name(), List.of(curve.start, curve.factor));
    }

    @Override
    public void apply(float[] logits, History h) {
        int beyond = h.length() - h.prompt() - curve.start;
        if (beyond <= 0) {
            return;
        }
        for (int id : ends) {
            if (id < logits.length && logits[id] != Float.NEGATIVE_INFINITY) {
                double longer = logits[id] + Math.abs(logits[id]) * (Math.pow(curve.factor, beyond) - 1);
                logits[id] = (float) Math.clamp(longer, -Float.MAX_VALUE, Float.MAX_VALUE);
            }
        }
    }
}
