package io.jandaia.model.answer;

import io.jandaia.model.answer.CallFormat.Arguments;
import org.jspecify.annotations.Nullable;

/** Arguments that are a JSON object: passed on character by character until its last brace. */
final class JsonArgumentsReader implements ArgumentsReader {

    private final Literal before;
    private boolean inside;
    private boolean string;
    private boolean escaped;
    private int depth;

    JsonArgumentsReader(Arguments.Json format) {
        this.before = format.before();
    }

    @Override
    public int begins(String text, boolean finished) {
        return before.in(text).known(finished);
    }

    @Override
    public @Nullable String idBefore(CharSequence text) {
        return before.in(text).id();
    }

    @Override
    public boolean read(StringBuilder text, StringBuilder json, boolean finished) {
        if (!inside) {
            text.delete(0, Math.max(0, before.in(text).length()));
            inside = true;
        }
        int n = 0;
        boolean done = false;
        while (n < text.length() && !done) {
            done = closes(text.charAt(n++));
        }
        json.append(text, 0, n);
        text.delete(0, n);
        return done;
    }

    private boolean closes(char c) {
        if (string) {
            boolean quote = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            string = !quote;
            return false;
        }
        switch (c) {
            case '"' -> string = true;
            case '{', '[' -> depth++;
            case '}', ']' -> depth--;
            default -> {
                return false;
            }
        }
        return depth == 0 && !string;
    }
}
