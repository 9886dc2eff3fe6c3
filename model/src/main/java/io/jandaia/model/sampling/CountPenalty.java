package io.jandaia.model.sampling;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Subtracts from the logits of tokens that occurred: {@code frequency} for each time and {@code presence} once (OpenAI's
 * API).
 *
 * @param answerOnly whether only the answer counts, as with OpenAI and vLLM; else the prompt too, as with llama.cpp
 * @param lastN how many tokens back it looks; negative = all
 */
record CountPenalty(double frequency, double presence, boolean answerOnly, int lastN) implements Step.Processor {

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> out = new LinkedHashMap<>();
        if (frequency != 0) {
            out.put(Setting.FREQUENCY_PENALTY.name(), frequency);
        }
        if (presence != 0) {
            out.put(Setting.PRESENCE_PENALTY.name(), presence);
        }
        if (lastN >= 0) {
            out.put(Setting.REPEAT_LAST_N.name(), lastN);
        }
        return out;
    }

    @Override
    public void apply(float[] logits, History history) {
        int from = Math.max(history.windowStart(lastN), answerOnly ? history.prompt() : 0);
        history.count(from, logits.length, (id, times) -> {
            logits[id] -= (float) (times * frequency + presence);
        });
    }
}
