package io.jandaia.model.sampling;

import java.util.Map;
import java.util.Set;

/**
 * Bans tokens: always, or as the first of the answer (transformers' suppress_tokens and begin_suppress_tokens).
 *
 * @param afterForced whether, when it is about the first token, one that is forced after a prompt of one token comes before
 */
record Suppress(Set<Integer> ids, boolean firstOnly, boolean afterForced) implements Step.Processor {

    @Override
    public Map<String, Object> settings() {
        return Map.of(
                (firstOnly ? Setting.SUPPRESSED_FIRST : Setting.SUPPRESSED).name(),
                ids.stream().sorted().toList());
    }

    @Override
    public void apply(float[] logits, History h) {
        int first = h.prompt() == 1 && afterForced ? 2 : h.prompt();
        if (!firstOnly || h.length() == first) {
            ban(logits, ids);
        }
    }

    static void ban(float[] logits, Set<Integer> ids) {
        for (int id : ids) {
            if (id < logits.length) {
                logits[id] = Float.NEGATIVE_INFINITY;
            }
        }
    }
}
