package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.TaskSpec.Problem;
import io.jandaia.model.arch.TaskSpec.Task;
import io.jandaia.model.arch.TaskSpec.Transform;
import io.jandaia.model.arch.TaskSpec.View;
import io.jandaia.model.format.Config;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What the configurations of classifiers say about labels. */
final class HubLabels {

    private HubLabels() {}

    /** Labels for a text. */
    static TaskSpec ofText(Config c, View view, @Nullable Transform transform) {
        List<String> labels = labels(c);
        Problem problem = problem(c, labels.size());
        return new TaskSpec(Task.TEXT_LABELS, view, transform, labels.size(), false, true, problem, labels);
    }

    /** A label for each token. */
    static TaskSpec ofTokens(Config c, @Nullable Transform transform) {
        List<String> labels = labels(c);
        return new TaskSpec(
                Task.TOKEN_LABELS, View.EACH, transform, labels.size(), false, true, Problem.ONE_LABEL, labels);
    }

    private static List<String> labels(Config c) {
        int stated = c.size("num_labels", c.size("_num_labels", 2));
        if (!c.has("id2label")) {
            return IntStream.range(0, stated).mapToObj(i -> "LABEL_" + i).toList();
        }
        Config names = c.child("id2label");
        int count = names.keys().size();
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    Object name = names.value(Integer.toString(i));
                    if (name == null) {
                        throw JandaiaException.format("The configuration " + c.source() + " names " + count
                                + " labels in id2label, but none for " + i + "; expected one for each of 0 to "
                                + (count - 1) + ".");
                    }
                    return name.toString();
                })
                .toList();
    }

    /** As transformers takes it where the configuration is silent: numbers for one label, else one label of several. */
    private static Problem problem(Config c, int labels) {
        String type = c.string("problem_type", labels == 1 ? "regression" : "single_label_classification");
        return switch (type) {
            case "regression" -> Problem.NUMBERS;
            case "single_label_classification" -> labels == 1 ? Problem.NUMBERS : Problem.ONE_LABEL;
            case "multi_label_classification" -> Problem.MANY_LABELS;
            default ->
                throw JandaiaException.unsupported("The configuration's problem_type is '" + type
                        + "'; this version knows regression, single_label_classification and"
                        + " multi_label_classification.");
        };
    }
}
