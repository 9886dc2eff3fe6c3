package io.jandaia.model.sampling;

import java.util.List;

/**
 * What came before the token that is to be chosen.
 *
 * @param tokens the prompt's and the answer's; only the first {@code length} count
 * @param prompt how many of them are the prompt
 * @param limit the most that prompt and answer may have together
 */
record History(int[] tokens, int length, int prompt, int limit, Scratch scratch) {

    interface Counted {
        void accept(int id, int times);
    }

    /** Every id that occurs from place {@code from} on, once, with how often it does. */
    void count(int from, int vocabulary, Counted each) {
        int[] counts = scratch.counts(vocabulary);
        for (int i = from; i < length; i++) {
            if (tokens[i] < vocabulary) {
                counts[tokens[i]]++;
            }
        }
        for (int i = from; i < length; i++) {
            int id = tokens[i];
            if (id < vocabulary && counts[id] > 0) {
                each.accept(id, counts[id]);
                counts[id] = 0;
            }
        }
    }

    /** Whether the last tokens are the first {@code n} of {@code ids}. */
    boolean endsWith(List<Integer> ids, int n) {
        for (int i = 0; i < n; i++) {
            if (length < n || tokens[length - n + i] != ids.get(i)) {
                return false;
            }
        }
        return true;
    }

    /** Where a window of {@code n} tokens begins; negative = the whole sequence. */
    int windowStart(int n) {
        return n < 0 ? 0 : Math.max(0, length - n);
    }
}
