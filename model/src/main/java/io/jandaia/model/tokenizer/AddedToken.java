package io.jandaia.model.tokenizer;

/**
 * A token that is found in the text before the model sees it.
 *
 * @param singleWord only where no word character touches it
 * @param lstrip takes the whitespace on its left with it
 * @param rstrip takes the whitespace on its right with it
 * @param normalized looked for in the normalised text, by its normalised content
 * @param special control rather than text: left out when decoding without special tokens
 */
record AddedToken(
        int id,
        String content,
        boolean singleWord,
        boolean lstrip,
        boolean rstrip,
        boolean normalized,
        boolean special) {

    static AddedToken special(int id, String content) {
        return new AddedToken(id, content, false, false, false, false, true);
    }
}
