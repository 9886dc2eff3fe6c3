package io.jandaia.model.sampling;

import java.util.ArrayList;
import java.util.List;

/**
 * Log-probabilities (natural logarithms) of one place in a text, by the model's own logits before any processor: what
 * OpenAI's API and vLLM report.
 */
public final class LogProbs {

    /** One token that could have come. */
    public record Alternative(int id, double logProb) {}

    /**
     * Of the token that came.
     *
     * @param top the likeliest tokens, likeliest first
     */
    public record OfToken(double logProb, List<Alternative> top) {}

    private final float[] logits;
    private final float max;
    private final double log; // of the sum of exp(logit - max)
    private final List<Alternative> top;

    private LogProbs(float[] logits, float max, double log, List<Alternative> top) {
        this.logits = logits;
        this.max = max;
        this.log = log;
        this.top = top;
    }

    /**
     * Remembers what follows from logits, which may change afterwards.
     *
     * @param top how many of the likeliest
     */
    public static LogProbs of(float[] logits, int top, Scratch scratch) {
        float[] own = logits.clone();
        Candidates all = scratch.candidates();
        all.reset(own);
        List<Alternative> likeliest = new ArrayList<>();
        for (int rank = 0; rank < top && all.ranked(rank); rank++) {
            likeliest.add(new Alternative(all.idAt(rank), all.logProbabilityAt(rank)));
        }
        return new LogProbs(own, all.max(), Math.log(all.total()), List.copyOf(likeliest));
    }

    public OfToken of(int id) {
        return new OfToken((logits[id] - (double) max) - log, top);
    }

    /** The log-probability of {@code id}. */
    public static double of(float[] logits, int id) {
        double p = logits[id] - logSumExp(logits);
        if (Double.isNaN(p)) {
            throw Candidates.notNumbers();
        }
        return p;
    }

    static double logSumExp(float[] logits) {
        float max = Float.NEGATIVE_INFINITY;
        for (float l : logits) {
            max = Math.max(max, l);
        }
        double sum = 0;
        for (float l : logits) {
            sum += Math.exp(l - (double) max);
        }
        return max + Math.log(sum);
    }
}
