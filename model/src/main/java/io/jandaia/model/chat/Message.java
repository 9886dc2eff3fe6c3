package io.jandaia.model.chat;

import io.jandaia.error.JandaiaException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One message of a conversation, as the JSON object that templates see: {@code role} and usually {@code content} (a string,
 * null, or a list of parts), then whatever the model family knows ({@code name}, {@code tool_calls}, {@code tool_call_id},
 * {@code reasoning_content} ...). The order of the fields is kept, since templates may print the whole object.
 *
 * @param fields values are strings, numbers, booleans, null, lists and maps of them; not modified by anyone afterwards
 */
public record Message(Map<String, @Nullable Object> fields) {

    public Message {
        if (!(fields.get("role") instanceof String role) || role.isEmpty()) {
            throw JandaiaException.usage("A chat message needs a field 'role' with a non-empty string, found "
                    + fields.get("role") + "; use system, user, assistant or tool.");
        }
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    public static Message of(Map<String, @Nullable Object> fields) {
        return new Message(fields);
    }

    public static Message of(String role, String content) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("role", role);
        fields.put("content", content);
        return new Message(fields);
    }

    public static Message system(String content) {
        return of("system", content);
    }

    public static Message user(String content) {
        return of("user", content);
    }

    public static Message assistant(String content) {
        return of("assistant", content);
    }

    /** The result of a tool call. */
    public static Message tool(String callId, String name, String content) {
        return of("tool", content).with("tool_call_id", callId).with("name", name);
    }

    /** This message with one field more, or another value in it. */
    public Message with(String field, @Nullable Object value) {
        Map<String, @Nullable Object> copy = new LinkedHashMap<>(fields);
        copy.put(field, value);
        return new Message(copy);
    }

    public String role() {
        return (String) Objects.requireNonNull(fields.get("role"));
    }

    /** The text of the content: the string, the text parts one after another, or "" where there is none. */
    public String content() {
        Object content = fields.get("content");
        if (content instanceof List<?> parts) {
            StringBuilder text = new StringBuilder();
            for (Object part : parts) {
                if (part instanceof Map<?, ?> map && map.get("text") instanceof String piece) {
                    text.append(piece);
                } else if (part instanceof String piece) {
                    text.append(piece);
                }
            }
            return text.toString();
        }
        return content instanceof String text ? text : "";
    }

    public @Nullable String name() {
        return fields.get("name") instanceof String text ? text : null;
    }

    public @Nullable String toolCallId() {
        return fields.get("tool_call_id") instanceof String text ? text : null;
    }

    public @Nullable String reasoning() {
        return fields.get("reasoning_content") instanceof String text ? text : null;
    }

    /** The calls that an assistant message asks for, empty if none. */
    @SuppressWarnings("unchecked")
    public List<Map<String, @Nullable Object>> toolCalls() {
        return fields.get("tool_calls") instanceof List<?> calls
                ? (List<Map<String, @Nullable Object>>) (List<?>) calls
                : List.of();
    }
}
