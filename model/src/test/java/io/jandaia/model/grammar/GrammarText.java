package io.jandaia.model.grammar;

/** Grammars as the tests of other packages use them. */
public final class GrammarText {
    private GrammarText() {}

    /** Whether a grammar takes a text, all of it. */
    public static boolean fits(Grammar g, String text) {
        return Bytes.fits(g, text);
    }
}
