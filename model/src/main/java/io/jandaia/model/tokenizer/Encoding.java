package io.jandaia.model.tokenizer;

/**
 * What a text became. All arrays have one entry per token; treat them as read-only.
 *
 * @param ids the token ids
 * @param typeIds 0 for the first text of a pair and single texts, 1 for the second, as the tokenizer's template says
 * @param starts where each token begins in the text given, in code points; 0 for tokens that the template added
 * @param ends where each token ends (exclusive), in code points; 0 for tokens that the template added
 */
public record Encoding(int[] ids, int[] typeIds, int[] starts, int[] ends) {

    public int size() {
        return ids.length;
    }
}
