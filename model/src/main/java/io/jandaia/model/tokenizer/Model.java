package io.jandaia.model.tokenizer;

/** Cuts one piece of text, as a pre-tokenizer left it, into tokens. Immutable. */
sealed interface Model permits Bpe, Unigram, WordPiece, WordLevel, Renumbered {

    /** Adds the tokens of {@code text[from, to)} with their UTF-8 byte ranges counted from {@code from}. */
    void tokenize(String text, int from, int to, Tokens out);

    Vocabulary vocabulary();
}
