package io.jandaia.model.sampling;

import java.util.Arrays;
import java.util.Map;

/** Bans tokens that would complete a sequence of {@code size} tokens that occurred (transformers' no_repeat_ngram_size). */
record NoRepeatNgram(int size) implements Step.Processor {

    @Override
    public Map<String, Object> settings() {
        return Map.of(Setting.NO_REPEAT_NGRAM.name(), size);
    }

    @Override
    public void apply(float[] logits, History h) {
        int[] t = h.tokens();
        int prefix = h.length() - size + 1; // where the last size - 1 tokens begin
        for (int from = 0; from + size <= h.length(); from++) {
            int next = t[from + size - 1];
            if (next < logits.length && Arrays.equals(t, from, from + size - 1, t, prefix, h.length())) {
                logits[next] = Float.NEGATIVE_INFINITY;
            }
        }
    }
}
