package io.jandaia.model.chat;

import static org.assertj.core.api.Assertions.assertThat;

/** Reads prompts in tests. */
final class Spans {

    private Spans() {}

    /** Spans must cover the text, in order, without gap. */
    static void check(Prompt prompt) {
        int at = 0;
        for (Span span : prompt.spans()) {
            assertThat(span.start()).isEqualTo(at);
            assertThat(span.end()).isGreaterThan(at);
            at = span.end();
        }
        assertThat(at).isEqualTo(prompt.text().length());
    }

    /** The prompt with a user's words in «», what the assistant generates in [], and the message's number before each. */
    static String show(Prompt prompt) {
        check(prompt);
        StringBuilder shown = new StringBuilder();
        for (Span span : prompt.spans()) {
            String text = prompt.text().substring(span.start(), span.end());
            String marked = span.user() ? "«" + text + "»" : text;
            String numbered = span.message() < 0 ? marked : span.message() + marked;
            shown.append(span.generation() ? "[" + numbered + "]" : numbered);
        }
        return shown.toString();
    }
}
