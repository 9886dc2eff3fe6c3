package io.jandaia.model.sampling;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * No end before there are so many tokens (transformers' min_new_tokens and min_length).
 *
 * @param answer tokens of the answer
 * @param total tokens of prompt and answer together
 */
record MinLength(int answer, int total, Set<Integer> ends) implements Step.Processor {

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> out = new LinkedHashMap<>();
        if (answer > 0) {
            out.put(Setting.MIN_TOKENS.name(), answer);
        }
        if (total > 0) {
            out.put(Setting.MIN_LENGTH.name(), total);
        }
        return out;
    }

    @Override
    public void apply(float[] logits, History h) {
        if (h.length() < total || h.length() - h.prompt() < answer) {
            Suppress.ban(logits, ends);
        }
    }
}
