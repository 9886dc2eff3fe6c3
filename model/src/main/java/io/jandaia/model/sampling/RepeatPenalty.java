package io.jandaia.model.sampling;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Divides positive and multiplies negative logits of tokens that occurred (Keskar et al. 2019, as transformers and llama.cpp
 * do it).
 *
 * @param lastN how many tokens back it looks; negative = all
 */
record RepeatPenalty(double penalty, int lastN) implements Step.Processor {

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put(Setting.REPEAT_PENALTY.name(), penalty);
        if (lastN >= 0) {
            out.put(Setting.REPEAT_LAST_N.name(), lastN);
        }
        return out;
    }

    @Override
    public void apply(float[] logits, History history) {
        float by = (float) penalty;
        history.count(history.windowStart(lastN), logits.length, (id, times) -> {
            logits[id] = logits[id] < 0 ? logits[id] * by : logits[id] / by;
        });
    }
}
