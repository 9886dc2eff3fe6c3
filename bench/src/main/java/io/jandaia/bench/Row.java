package io.jandaia.bench;

/**
 * What a row of the table compares.
 *
 * @param prefill whether tokens are read, else generated
 * @param tokens of the prompt; 0 when generating
 * @param depth positions before; 0 for prompts
 * @param batch sequences at once
 */
record Row(boolean prefill, int tokens, int depth, int batch) {

    static Row prefill(int tokens) {
        return new Row(true, tokens, 0, 1);
    }

    static Row decode(int depth, int batch) {
        return new Row(false, 0, depth, batch);
    }

    String text() {
        return prefill
                ? "prefill " + tokens
                : "decode, context " + depth + (batch == 1 ? "" : ", " + batch + " at once");
    }
}
