package io.jandaia.model;

/**
 * How likely a text is.
 *
 * @param tokenIds the tokens
 * @param logProbabilities natural logarithms of each token but the first, given those before it: one fewer than tokens
 */
public record Score(int[] tokenIds, double[] logProbabilities) {

    public double total() {
        double sum = 0;
        for (double p : logProbabilities) {
            sum += p;
        }
        return sum;
    }

    /** e to the mean negative log-probability; NaN for a single token. */
    public double perplexity() {
        return Math.exp(-total() / logProbabilities.length);
    }
}
