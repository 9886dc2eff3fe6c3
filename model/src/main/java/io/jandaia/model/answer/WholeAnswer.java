package io.jandaia.model.answer;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An answer put together from its pieces. */
public final class WholeAnswer {

    /**
     * A call of a tool.
     *
     * @param arguments a JSON object
     */
    public record Call(String id, String name, String arguments) {

        /** The arguments as JSON; null where the answer was cut in the middle of them. */
        public @Nullable JsonNode json() {
            try {
                return JsonMapper.shared().readTree(arguments);
            } catch (JacksonException e) {
                return null;
            }
        }
    }

    private final StringBuilder reasoning = new StringBuilder();
    private final StringBuilder content = new StringBuilder();
    private final List<AnswerPart.CallStart> starts = new ArrayList<>();
    private final List<StringBuilder> arguments = new ArrayList<>();

    public void add(List<AnswerPart> parts) {
        parts.forEach(this::add);
    }

    public void add(AnswerPart part) {
        switch (part) {
            case AnswerPart.Reasoning r -> reasoning.append(r.text());
            case AnswerPart.Content c -> content.append(c.text());
            case AnswerPart.CallStart s -> {
                starts.add(s);
                arguments.add(new StringBuilder());
            }
            case AnswerPart.CallArguments a -> arguments.get(a.call()).append(a.json());
        }
    }

    public String reasoning() {
        return reasoning.toString();
    }

    public String content() {
        return content.toString();
    }

    public List<Call> calls() {
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < starts.size(); i++) {
            calls.add(new Call(
                    starts.get(i).id(), starts.get(i).name(), arguments.get(i).toString()));
        }
        return calls;
    }
}
