package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.tokenizer.Encoding;
import io.jandaia.model.tokenizer.Tokenizer;
import java.util.Arrays;

/**
 * A text, or a pair of texts, as an encoder reads it.
 *
 * @param types 0, or 1 for tokens of the second text
 * @param starts where each token begins in its text, in code points; 0 for tokens that no text has
 * @param ends where each token ends
 */
public record TextTokens(int[] ids, int[] types, int[] starts, int[] ends) {

    static TextTokens of(Encoding e) {
        return new TextTokens(e.ids(), e.typeIds(), e.starts(), e.ends());
    }

    /** Ids of one text, of which nothing else is known. */
    public static TextTokens of(int... ids) {
        return new TextTokens(ids.clone(), new int[ids.length], new int[ids.length], new int[ids.length]);
    }

    /** The same with other types, one for each token. */
    public TextTokens withTypes(int... values) {
        if (values.length != ids.length) {
            throw JandaiaException.usage(
                    "There are " + values.length + " types for " + ids.length + " tokens; expected one for each.");
        }
        return new TextTokens(ids, values.clone(), starts, ends);
    }

    public int size() {
        return ids.length;
    }

    /** The first {@code limit} tokens, but with the special ones at the end in their place there. */
    TextTokens cut(int limit, Tokenizer tokenizer) {
        int after = ids.length;
        while (after > 0
                && ids.length - after < limit
                && starts[after - 1] == ends[after - 1]
                && tokenizer.isSpecial(ids[after - 1])) {
            after--;
        }
        int before = limit - (ids.length - after);
        return new TextTokens(
                cut(ids, before, after),
                cut(types, before, after),
                cut(starts, before, after),
                cut(ends, before, after));
    }

    private static int[] cut(int[] all, int before, int after) {
        int[] out = Arrays.copyOf(all, before + all.length - after);
        System.arraycopy(all, after, out, before, all.length - after);
        return out;
    }
}
