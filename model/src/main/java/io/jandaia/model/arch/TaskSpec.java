package io.jandaia.model.arch;

import io.jandaia.tensor.Activation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an encoder's hidden states are turned into: {@code W norm(f(V x + c)) + b}, the inner part for most.
 *
 * @param view which hidden states it is computed from
 * @param transform the inner part; null = none
 * @param outputs rows of W: labels, or tokens of the vocabulary
 * @param tied whether W is the embedding's table
 * @param bias whether b is there
 * @param labels the names of the outputs; empty for those that are tokens
 */
public record TaskSpec(
        Task task,
        View view,
        @Nullable Transform transform,
        int outputs,
        boolean tied,
        boolean bias,
        Problem problem,
        List<String> labels) {

    /** What it is for. */
    public enum Task {
        /** Which token stands where a mask does. */
        FILL,
        /** Labels for a text or a pair of texts. */
        TEXT_LABELS,
        /** A label for each token. */
        TOKEN_LABELS
    }

    /** Which hidden states are looked at. */
    public enum View {
        EACH,
        FIRST,
        MEAN
    }

    /** What outputs mean. */
    public enum Problem {
        /** One of the labels holds: their softmax are probabilities. */
        ONE_LABEL,
        /** Each label may hold: a probability by each one's sigmoid. */
        MANY_LABELS,
        /** Outputs are what they are. */
        NUMBERS
    }

    /**
     * The inner part.
     *
     * @param norm null = none
     */
    public record Transform(
            Activation activation, boolean bias, @Nullable NormSpec norm) {}

    public TaskSpec {
        labels = List.copyOf(labels);
    }

    /** Guesses masked tokens. */
    static TaskSpec fill(Transform transform, int vocabulary, boolean tied, boolean bias) {
        return new TaskSpec(Task.FILL, View.EACH, transform, vocabulary, tied, bias, Problem.ONE_LABEL, List.of());
    }
}
