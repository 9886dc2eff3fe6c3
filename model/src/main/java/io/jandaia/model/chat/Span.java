package io.jandaia.model.chat;

/**
 * A stretch of a prompt with one origin.
 *
 * @param start first UTF-16 code unit of the prompt's text
 * @param end one past the last
 * @param message index of the message that the characters came from; -1 for the template's own text, tools and documents
 * @param user true for what a caller supplied (contents, names, tool calls and results, tools, documents, variables):
 *     such characters must never become a special token. A role of the usual names is false, because templates build
 *     control tokens from it.
 * @param generation inside {@code {% generation %}}: what the assistant wrote, the part a loss is computed on
 */
public record Span(int start, int end, int message, boolean user, boolean generation) {

    public int length() {
        return end - start;
    }
}
