package io.jandaia.tensor.kernel.packed;

/**
 * Where quantised activations lie: panels of 16 tokens, the last of 1, 2, 4, 8 or 16. A panel of n tokens is, per block of 32
 * columns, codes {@code [n][32]}, float32 scales {@code [n]} and the sums of {@link ActivationSums}, {@code [n]} or
 * {@code [2][n]}.
 *
 * @param tokens of the whole matrix
 * @param blocks of 32 columns
 */
record Panels(int tokens, int blocks, ActivationSums sums) {

    static final int TOKENS = 16;

    /** Tokens the layout of a panel with {@code tokens} tokens has room for. */
    static int width(int tokens) {
        return tokens >= TOKENS ? TOKENS : Integer.highestOneBit(Math.max(1, 2 * tokens - 1));
    }

    /** Bytes of one block in a panel of {@code width} tokens. */
    static int blockBytes(int width, ActivationSums sums) {
        return width * (PackedFormat.BLOCK + Float.BYTES + sums.count * Integer.BYTES);
    }

    private long panelBytes(int width) {
        return (long) blocks * blockBytes(width, sums);
    }

    int count() {
        return (tokens + TOKENS - 1) / TOKENS;
    }

    int full() {
        return tokens / TOKENS;
    }

    /** Tokens after the last full panel. */
    int rest() {
        return tokens % TOKENS;
    }

    int widthOf(int panel) {
        return panel < full() ? TOKENS : width(rest());
    }

    long at(int panel) {
        return panel * panelBytes(TOKENS);
    }

    long bytes() {
        return at(full()) + (rest() == 0 ? 0 : panelBytes(width(rest())));
    }
}
