package io.jandaia.model.sampling;

import io.jandaia.error.JandaiaException;
import java.util.List;
import java.util.Map;

/**
 * Adds to the logit of the last token of a sequence when the others came just before it; for a sequence of one token always
 * (transformers' sequence_bias, llama.cpp's and OpenAI's logit_bias). Negative infinity bans (bad_words_ids).
 */
public record SequenceBias(String name, List<Entry> entries) implements Step.Processor {

    /** Token ids and what is added. */
    public record Entry(List<Integer> ids, double bias) {}

    @Override
    public Map<String, Object> settings() {
        return Map.of(name, entries.size() == 1 ? "1 entry" : entries.size() + " entries");
    }

    @Override
    public void apply(float[] logits, History history) {
        for (Entry e : entries) {
            int last = e.ids.getLast();
            if (last >= logits.length) {
                throw JandaiaException.usage("The sampling parameter " + name + " names token id " + last
                        + "; the model's vocabulary has ids 0 to " + (logits.length - 1) + ".");
            }
            if (history.endsWith(e.ids, e.ids.size() - 1)) {
                logits[last] += (float) e.bias;
            }
        }
    }
}
