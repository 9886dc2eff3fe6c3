package io.jandaia.model;

import io.jandaia.model.answer.AnswerFormat;
import io.jandaia.model.answer.CallFormat;
import io.jandaia.model.answer.ReasoningFormat;
import io.jandaia.model.chat.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Earlier messages as a model's template expects them: APIs differ from it in calls of tools and reasoning. */
final class PastMessages {
    private PastMessages() {}

    static Message forTemplate(Message message, AnswerFormat format) {
        Message m = reasoning(message, format.reasoning());
        List<Map<String, @Nullable Object>> calls = m.toolCalls();
        if (calls.isEmpty()) {
            return m;
        }
        CallFormat f = format.calls();
        boolean asText = f != null && f.argumentsAsText();
        if (m.content().isEmpty()) {
            m = m.with("content", f != null && f.withoutContent() ? null : "");
        }
        List<Map<String, @Nullable Object>> changed = new ArrayList<>();
        for (Map<String, @Nullable Object> call : calls) {
            changed.add(call(call, asText));
        }
        return m.with("tool_calls", changed);
    }

    private static Message reasoning(Message m, @Nullable ReasoningFormat format) {
        Object text = m.fields().get("reasoning_content");
        text = text == null ? m.fields().get("reasoning") : text;
        text = text == null ? m.fields().get("thinking") : text;
        String field = format == null ? "reasoning_content" : format.field();
        return text instanceof String && !m.fields().containsKey(field) ? m.with(field, text) : m;
    }

    private static Map<String, @Nullable Object> call(Map<String, @Nullable Object> call, boolean asText) {
        if (!(call.get("function") instanceof Map<?, ?> function)) {
            return call;
        }
        Object arguments = function.get("arguments");
        Object wanted = arguments;
        if (asText && arguments != null && !(arguments instanceof String)) {
            wanted = JsonMapper.shared().writeValueAsString(arguments);
        } else if (!asText && arguments instanceof String text) {
            wanted = object(text);
        }
        Map<String, @Nullable Object> changed = new LinkedHashMap<>();
        function.forEach((k, v) -> changed.put(String.valueOf(k), v));
        changed.put("arguments", wanted);
        Map<String, @Nullable Object> out = new LinkedHashMap<>(call);
        out.put("function", changed);
        return out;
    }

    /** A JSON object as a map; the text where it is none. */
    private static Object object(String text) {
        if (text.isBlank()) {
            return Map.of();
        }
        try {
            Object value = JsonMapper.shared().readValue(text, Object.class);
            return value instanceof Map<?, ?> ? value : text;
        } catch (JacksonException e) {
            return text;
        }
    }
}
