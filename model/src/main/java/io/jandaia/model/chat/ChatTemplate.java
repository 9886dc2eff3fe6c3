package io.jandaia.model.chat;

import io.jandaia.error.JandaiaException;
import java.time.Clock;
import java.time.ZoneId;
import java.util.List;

/** Placeholder of the API while the interpreter is written. */
public final class ChatTemplate {

    private final String source;

    private ChatTemplate(String source) {
        this.source = source;
    }

    /** Parses a template. Errors: FORMAT naming line, column and cause; UNSUPPORTED for include, import and extends. */
    public static ChatTemplate of(String source) {
        return of(source, Clock.system(ZoneId.systemDefault()), Limits.DEFAULT);
    }

    /** The same with the clock that {@code strftime_now} reads and other limits. */
    public static ChatTemplate of(String source, Clock clock, Limits limits) {
        if (limits.steps() < 1 || clock.millis() < 0) {
            throw JandaiaException.usage("Chat template limits must be positive.");
        }
        return new ChatTemplate(source);
    }

    public String source() {
        return source;
    }

    /**
     * Renders a conversation. Errors: USAGE where the template refuses it ({@code raise_exception}) or cannot digest it (the
     * message names the template's line), RESOURCE where the limits end it.
     */
    public Prompt render(List<Message> messages, Inputs inputs) {
        throw JandaiaException.unsupported("Chat templates are not ready yet (" + messages.size() + " messages, "
                + inputs.variables().size() + " variables).");
    }
}
