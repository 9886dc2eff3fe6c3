package io.jandaia.model.engine;

/**
 * How many tokens of prompts go into a step beside sequences that are being generated: as many as take about a quarter of a
 * second, as measured on this machine, since those who read wait for the step. Alone, prompts are computed in steps as long as
 * they may be. What is computed does not depend on it.
 */
final class PromptChunks {

    private static final double SECONDS = 0.25;
    private static final int LEAST = 32;

    /** Before anything is measured. */
    private static final int ASSUMED = 128;

    /** A step of fewer tokens says little about a token's time. */
    private static final int TELLING = 24;

    private static final double SHARE = 0.3;

    private final int most;
    private double perToken;

    PromptChunks(int most) {
        this.most = most;
    }

    void observe(int tokens, double seconds) {
        if (tokens >= TELLING) {
            double one = seconds / tokens;
            perToken = perToken == 0 ? one : perToken + SHARE * (one - perToken);
        }
    }

    int besideOthers() {
        if (perToken == 0) {
            return ASSUMED;
        }
        int fit = (int) Math.min(most, SECONDS / perToken);
        return Math.max(LEAST, fit / LEAST * LEAST);
    }
}
