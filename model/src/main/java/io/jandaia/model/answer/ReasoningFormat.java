package io.jandaia.model.answer;

import org.jspecify.annotations.Nullable;

/**
 * How a model writes its reasoning.
 *
 * @param start what begins it in an answer; null where only a prompt can begin it
 * @param opening with this a prompt ends that has begun it
 * @param end what ends it
 * @param field the field of messages in which the template looks for it
 */
public record ReasoningFormat(@Nullable String start, String opening, String end, String field) {

    /** Whether an answer to a prompt is reasoning from its first character. */
    public boolean opened(String prompt) {
        return prompt.stripTrailing().endsWith(opening);
    }
}
