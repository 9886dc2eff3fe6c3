package io.jandaia.model.chat;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.chat.jinja.Template;
import io.jandaia.model.chat.jinja.Text;
import io.jandaia.model.chat.jinja.Value;
import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns a conversation into the text that a model was trained on, by the Jinja program that comes with the model. Immutable;
 * any number of threads may render at once.
 */
public final class ChatTemplate {

    /** Roles that templates build control tokens from, as in {@code <|user|>}; any other is a caller's text. */
    private static final Set<String> ROLES = Set.of(
            "system",
            "user",
            "assistant",
            "tool",
            "developer",
            "function",
            "model",
            "ipython",
            "environment",
            "context");

    /** Stands in for the end of the last message, to find where the template would close it. */
    private static final String OPEN_END = "CONTINUE_FINAL_MESSAGE_TAG ";

    private static final int USER = 2;
    private static final int MESSAGE_SHIFT = 2;

    private final String source;
    private final Template template;
    private final Clock clock;
    private final Limits limits;

    private ChatTemplate(String source, Template template, Clock clock, Limits limits) {
        this.source = source;
        this.template = template;
        this.clock = clock;
        this.limits = limits;
    }

    /** Parses a template. Errors: FORMAT naming line, column and cause; UNSUPPORTED for include, import and extends. */
    public static ChatTemplate of(String source) {
        return of(source, Clock.system(ZoneId.systemDefault()), Limits.DEFAULT);
    }

    /** The same with the clock that {@code strftime_now} reads and other limits. */
    public static ChatTemplate of(String source, Clock clock, Limits limits) {
        return new ChatTemplate(source, Template.of(source), clock, limits);
    }

    public String source() {
        return source;
    }

    /**
     * Renders a conversation. Errors: USAGE where the template refuses it ({@code raise_exception}) or cannot digest it (the
     * message names the template's line), RESOURCE where the limits end it.
     */
    public Prompt render(List<Message> messages, Inputs inputs) {
        if (!inputs.continueFinalMessage()) {
            return run(messages, inputs);
        }
        if (inputs.addGenerationPrompt()) {
            throw JandaiaException.usage(
                    "A prompt either continues the last message or opens a new one; choose one of continueFinalMessage and"
                            + " addGenerationPrompt.");
        }
        if (messages.isEmpty()) {
            throw JandaiaException.usage("There is no message to continue in an empty conversation.");
        }
        List<Message> open = new ArrayList<>(messages);
        open.set(open.size() - 1, opened(messages.getLast()));
        Prompt prompt = run(open, inputs);
        int end = prompt.text().lastIndexOf(OPEN_END.strip());
        if (end < 0) {
            throw JandaiaException.usage(
                    "The last message cannot be continued: the chat template leaves its content out of the prompt.");
        }
        if (!prompt.text().startsWith(OPEN_END, end)) {
            // The template trims contents, so the blanks before the end go too.
            end = prompt.text().substring(0, end).stripTrailing().length();
        }
        return prompt.head(end);
    }

    private static Message opened(Message message) {
        Object content = message.fields().get("content");
        if (content instanceof String text) {
            return message.with("content", text + OPEN_END);
        }
        if (content instanceof List<?> parts) {
            List<Object> copy = new ArrayList<>(parts);
            for (int i = copy.size() - 1; i >= 0; i--) {
                if (copy.get(i) instanceof Map<?, ?> part && part.get("text") instanceof String text) {
                    Map<Object, Object> changed = new LinkedHashMap<>(part);
                    changed.put("text", text + OPEN_END);
                    copy.set(i, changed);
                    return message.with("content", copy);
                }
            }
        }
        throw JandaiaException.usage("The last message has no text to continue (role " + message.role() + ").");
    }

    private Prompt run(List<Message> messages, Inputs inputs) {
        Map<String, Value> variables = new LinkedHashMap<>();
        inputs.specialTokens().forEach((name, token) -> variables.put(name, Value.of(token, 0)));
        inputs.variables().forEach((name, value) -> variables.put(name, Value.of(value, USER)));
        List<Value> list = new ArrayList<>(messages.size());
        for (int i = 0; i < messages.size(); i++) {
            list.add(message(messages.get(i), (i + 1) << MESSAGE_SHIFT));
        }
        variables.put("messages", Value.of(list, 0));
        variables.put("tools", Value.of(inputs.tools(), USER));
        variables.put("documents", Value.of(inputs.documents(), USER));
        variables.put("add_generation_prompt", Value.of(inputs.addGenerationPrompt(), 0));
        Text text = template.render(variables, clock, limits.steps(), limits.depth(), limits.characters());
        List<Span> spans = new ArrayList<>();
        text.runs((start, end, origin) -> spans.add(new Span(
                start, end, (origin >> MESSAGE_SHIFT) - 1, (origin & USER) != 0, (origin & Text.GENERATION) != 0)));
        return new Prompt(text.string(), spans);
    }

    private static Value message(Message message, int origin) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>(message.fields());
        if (ROLES.contains(message.role())) {
            fields.put("role", Value.of(message.role(), origin));
        }
        return Value.of(fields, origin | USER);
    }
}
