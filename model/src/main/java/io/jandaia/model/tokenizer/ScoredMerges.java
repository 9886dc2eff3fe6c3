package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * The merges that SentencePiece BPE means without listing them: any two neighbours whose joined spelling is a token, the
 * token of highest score first. Equal scores share a rank, so that position decides between them.
 */
final class ScoredMerges {

    /** Characters read to look up the parts of every token: the squares of their lengths. */
    private static final long MAX_WORK = 1L << 29;

    private ScoredMerges() {}

    /** All merges among the tokens that text may become. */
    static MergeTable table(Vocabulary vocabulary, double[] scores, IntPredicate isText) {
        int size = vocabulary.size();
        double[] sorted = Arrays.copyOf(scores, size);
        Arrays.sort(sorted);
        int distinct = 0;
        for (int i = 0; i < size; i++) if (i == 0 || sorted[i] != sorted[i - 1]) sorted[distinct++] = sorted[i];
        var table = new MergeTable(2 * size);
        long work = 0;
        for (int id = 0; id < size; id++) {
            String token = vocabulary.token(id);
            if (token == null || !isText.test(id)) continue;
            work += (long) token.length() * token.length();
            if (work > MAX_WORK) {
                throw JandaiaException.unsupported("Reading a vocabulary: tokens as long as that of " + token.length()
                        + " characters with id " + id + " are not supported; take another tokenizer.");
            }
            int rank = distinct - 1 - Arrays.binarySearch(sorted, 0, distinct, scores[id]);
            for (int cut = 1; cut < token.length(); cut++) {
                if (Character.isLowSurrogate(token.charAt(cut))) continue;
                int left = vocabulary.id(token, 0, cut);
                if (left < 0 || !isText.test(left)) continue;
                int right = vocabulary.id(token, cut, token.length());
                if (right >= 0 && isText.test(right)) table.put(left, right, rank, id);
            }
        }
        return table;
    }
}
