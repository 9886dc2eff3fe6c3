package io.jandaia.model.tokenizer;

/** The mark that SentencePiece vocabularies write for a space. */
final class Metaspace {

    /** U+2581, lower one eighth block. */
    static final char MARK = '\u2581';

    private Metaspace() {}
}
