package io.jandaia.model;

import io.jandaia.model.arch.TaskSpec;
import io.jandaia.model.arch.TaskSpec.Problem;
import java.util.List;

/**
 * How well each label fits a text, in the order of the model's labels.
 *
 * @param scores probabilities: of one label of all, or of each label by itself; where a model gives numbers, these
 * @param logits what the model computed
 */
public record Classification(List<String> labels, double[] scores, float[] logits) {

    static Classification of(TaskSpec task, float[] logits) {
        return new Classification(task.labels(), scores(task.problem(), logits), logits);
    }

    /** The label that fits best. */
    public String label() {
        return labels.get(best());
    }

    /** Its score. */
    public double score() {
        return scores[best()];
    }

    private int best() {
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            best = scores[i] > scores[best] ? i : best;
        }
        return best;
    }

    static double[] scores(Problem problem, float[] logits) {
        double[] out = new double[logits.length];
        double max = Double.NEGATIVE_INFINITY;
        for (float x : logits) {
            max = Math.max(max, x);
        }
        double sum = 0;
        for (int i = 0; i < out.length; i++) {
            out[i] = switch (problem) {
                case ONE_LABEL -> Math.exp(logits[i] - max);
                case MANY_LABELS -> 1 / (1 + Math.exp(-logits[i]));
                case NUMBERS -> logits[i];
            };
            sum += out[i];
        }
        if (problem == Problem.ONE_LABEL) {
            for (int i = 0; i < out.length; i++) {
                out[i] /= sum;
            }
        }
        return out;
    }
}
