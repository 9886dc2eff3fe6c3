package io.jandaia.bench;

/**
 * What a row of the table compares.
 *
 * @param tokens of the prompt; how many guesses of 100 are right, or {@link #NONE}; 0 for plain decoding
 * @param depth positions before; 0 for prompts
 * @param batch sequences at once
 */
record Row(Kind kind, int tokens, int depth, int batch) {

    enum Kind {
        PREFILL,
        DECODE,
        GUESSES
    }

    /** No guesses at all: what guesses are compared with. */
    static final int NONE = -1;

    static Row prefill(int tokens) {
        return new Row(Kind.PREFILL, tokens, 0, 1);
    }

    static Row decode(int depth, int batch) {
        return new Row(Kind.DECODE, 0, depth, batch);
    }

    static Row guesses(int right) {
        return new Row(Kind.GUESSES, right, 0, 1);
    }

    String text() {
        return switch (kind) {
            case PREFILL -> "prefill " + tokens;
            case DECODE -> "decode, context " + depth + (batch == 1 ? "" : ", " + batch + " at once");
            case GUESSES -> tokens == NONE ? "decode, no guesses" : "decode, guesses right " + tokens + " %";
        };
    }
}
