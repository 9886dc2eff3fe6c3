package io.jandaia.model.chat;

import java.util.ArrayList;
import java.util.List;

/**
 * A rendered conversation.
 *
 * @param text what the model reads
 * @param spans cover the text without gap or overlap, in order; neighbours differ in origin
 */
public record Prompt(String text, List<Span> spans) {

    public Prompt {
        spans = List.copyOf(spans);
    }

    /** A prompt without a template: all of it the caller's own words, special tokens allowed as the flag says. */
    public static Prompt of(String text, boolean user) {
        return new Prompt(text, text.isEmpty() ? List.of() : List.of(new Span(0, text.length(), -1, user, false)));
    }

    /** The first {@code end} code units, with their spans. */
    public Prompt head(int end) {
        List<Span> kept = new ArrayList<>();
        for (Span span : spans) {
            if (span.start() < end) {
                kept.add(new Span(
                        span.start(), Math.min(span.end(), end), span.message(), span.user(), span.generation()));
            }
        }
        return new Prompt(text.substring(0, end), kept);
    }
}
