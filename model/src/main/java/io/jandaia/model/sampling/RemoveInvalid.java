package io.jandaia.model.sampling;

import java.util.Map;

/** Replaces what is not a number by 0 and infinities by the largest floats (transformers' remove_invalid_values). */
record RemoveInvalid() implements Step.Processor {

    @Override
    public Map<String, Object> settings() {
        return Map.of(Setting.REMOVE_INVALID.name(), true);
    }

    @Override
    public void apply(float[] logits, History history) {
        for (int i = 0; i < logits.length; i++) {
            float l = Float.isNaN(logits[i]) ? 0 : logits[i];
            logits[i] = Math.clamp(l, -Float.MAX_VALUE, Float.MAX_VALUE);
        }
    }
}
