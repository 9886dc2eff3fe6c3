package io.jandaia.model.engine;

import org.jspecify.annotations.Nullable;

/**
 * How long a model may reason before it answers.
 *
 * @param tokens of reasoning; then it is ended
 * @param start what begins it in the text; null where the prompt has begun it
 * @param end what ends it in the text
 * @param closing the tokens that are written to end it
 */
public record ReasoningLimit(int tokens, @Nullable String start, String end, int[] closing) {}
