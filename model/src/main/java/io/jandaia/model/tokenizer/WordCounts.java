package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The pieces that a normaliser and a pre-tokenizer cut texts into, with how often each came; in the order of the texts. */
final class WordCounts {

    private final TextNormalizer normalizer;
    private final PreTokenizer preTokenizer;
    private final int longest;
    private final long limit;
    private final Map<String, long[]> counts = new LinkedHashMap<>();
    private long kept;

    /**
     * @param longest how many UTF-16 units a word may have
     * @param limit how many UTF-16 units there may be in all different words, each counted with one more
     */
    WordCounts(TextNormalizer normalizer, PreTokenizer preTokenizer, int longest, long limit) {
        this.normalizer = normalizer;
        this.preTokenizer = preTokenizer;
        this.longest = longest;
        this.limit = limit;
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
            counts.computeIfAbsent(chars.substring(pieces.start(i), pieces.end(i)), this::count)[0]++;
        }
    }

    private long[] count(String word) {
        if (word.length() > longest) {
            throw JandaiaException.usage("Training a tokenizer: a text has a word of " + word.length()
                    + " characters, more than " + longest + "; cut such texts into lines first.");
        }
        if (kept + word.length() + 1 > limit) {
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE,
                    "Training a tokenizer: after " + counts.size() + " different words of " + kept
                            + " characters in all, the memory of this program is used up; train with what there is, with"
                            + " fewer texts or with more memory.");
        }
        kept += word.length() + 1;
        return new long[1];
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
