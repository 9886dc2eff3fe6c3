package io.jandaia.model.sampling;

import io.jandaia.error.JandaiaException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Leaves only these tokens after a prompt of one token, and at the last place (transformers' forced_bos_token_id and
 * forced_eos_token_id).
 */
record ForcedTokens(Set<Integer> first, Set<Integer> last) implements Step.Processor {

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> out = new LinkedHashMap<>();
        if (!first.isEmpty()) {
            out.put(Setting.FORCED_FIRST.name(), first.stream().sorted().toList());
        }
        if (!last.isEmpty()) {
            out.put(Setting.FORCED_LAST.name(), last.stream().sorted().toList());
        }
        return out;
    }

    @Override
    public void apply(float[] logits, History h) {
        if (h.length() == 1) {
            force(logits, first);
        }
        if (h.length() == h.limit() - 1) {
            force(logits, last);
        }
    }

    private static void force(float[] logits, Set<Integer> ids) {
        if (ids.isEmpty()) {
            return;
        }
        Arrays.fill(logits, Float.NEGATIVE_INFINITY);
        for (int id : ids) {
            if (id >= logits.length) {
                throw JandaiaException.usage("The forced token id " + id + " is not in the model's vocabulary of "
                        + logits.length + " tokens.");
            }
            logits[id] = 0;
        }
    }
}
