package io.jandaia.model.engine;

import io.jandaia.error.JandaiaException;
import java.util.Arrays;

/** Chooses tokens. A pure function of the logits, the tokens before, the settings and the position. */
public final class Sampler {

    private Sampler() {}

    /**
     * The token after {@code history}.
     *
     * @param logits of the next token; changed in place by the penalty
     * @param history the prompt's and the answer's tokens so far; only the first {@code length} count
     */
    public static int next(float[] logits, int[] history, int length, Sampling sampling) {
        penalize(logits, history, length, sampling.repeatPenalty());
        checkNumbers(logits);
        if (sampling.temperature() == 0 || sampling.topK() == 1) {
            return best(logits);
        }
        return Candidates.of(logits, sampling).at(CounterRandom.uniform(sampling.seed(), length));
    }

    /** The most likely token, of equal ones the first. */
    public static int best(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }

    private static void checkNumbers(float[] logits) {
        for (float l : logits) {
            if (Float.isNaN(l) || l == Float.POSITIVE_INFINITY) {
                throw notNumbers();
            }
        }
    }

    private static JandaiaException notNumbers() {
        return JandaiaException.format(
                "The model computed a logit that is not a number; its weights are damaged or overflow.");
    }

    static void penalize(float[] logits, int[] history, int length, double penalty) {
        if (penalty == 1) {
            return;
        }
        int[] seen = Arrays.copyOf(history, length);
        Arrays.sort(seen);
        for (int i = 0; i < length; i++) {
            int id = seen[i];
            if ((i == 0 || id != seen[i - 1]) && id >= 0 && id < logits.length) {
                logits[id] = (float) (logits[id] > 0 ? logits[id] / penalty : logits[id] * penalty);
            }
        }
    }

    /** The log-probability (natural logarithm) of {@code id}. */
    public static double logProbability(float[] logits, int id) {
        float max = Float.NEGATIVE_INFINITY;
        for (float l : logits) {
            max = Math.max(max, l);
        }
        double sum = 0;
        for (float l : logits) {
            sum += Math.exp(l - (double) max);
        }
        double p = logits[id] - max - Math.log(sum);
        if (Double.isNaN(p)) {
            throw notNumbers();
        }
        return p;
    }
}
