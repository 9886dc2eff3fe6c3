package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The pieces that a normaliser and a pre-tokenizer cut texts into, with how often each came; in the order of the texts. */
final class WordCounts {

    private final TextNormalizer normalizer;
    private final PreTokenizer preTokenizer;
    private final Map<String, long[]> counts = new LinkedHashMap<>();

    WordCounts(TextNormalizer normalizer, PreTokenizer preTokenizer) {
        this.normalizer = normalizer;
        this.preTokenizer = preTokenizer;
    }

    /** Cuts one more text; what looks like a special token in it is text. */
    void add(String text) {
        checkInterrupted();
        if (text.isEmpty()) return;
        Text normalized = normalizer.normalize(new Text(Tokenizer.wellFormed(text), 0));
        if (normalized.length() == 0) return;
        Pieces pieces = preTokenizer.apply(new Pieces(normalized));
        String chars = pieces.text.chars();
        for (int i = 0; i < pieces.size; i++) {
            if ((i & 0xFFFF) == 0xFFFF) checkInterrupted();
            counts.computeIfAbsent(chars.substring(pieces.start(i), pieces.end(i)), word -> new long[1])[0]++;
        }
    }

    Map<String, long[]> counts() {
        return counts;
    }

    /**
     * Answers an interruption.
     *
     * @throws JandaiaException CANCELLED if the thread has been interrupted
     */
    static void checkInterrupted() {
        if (Thread.interrupted()) {
            throw new JandaiaException(
                    JandaiaException.Kind.CANCELLED,
                    "Training a tokenizer was cancelled, for its thread was interrupted; nothing has been written.");
        }
    }
}
