package io.jandaia.model.answer;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a model writes its answers, as its chat template shows it.
 *
 * @param reasoning null where it does not reason
 * @param contentOpening what may be before the text of an answer and is not part of it; often empty
 * @param calls null where the template shows none
 */
public record AnswerFormat(
        @Nullable ReasoningFormat reasoning,
        String contentOpening,
        @Nullable CallFormat calls) {

    /** Nothing but text. */
    public static final AnswerFormat TEXT = new AnswerFormat(null, "", null);

    /** The texts that give an answer its form. */
    public List<String> markers(boolean tools) {
        List<String> out = new ArrayList<>();
        if (reasoning != null) {
            out.add(reasoning.end());
            if (reasoning.start() != null) {
                out.add(reasoning.start());
            }
        }
        out.add(contentOpening);
        if (calls != null && tools) {
            out.addAll(calls.markers());
        }
        return out;
    }
}
