package io.jandaia.server;

import io.jandaia.model.chat.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The messages of a request, as templates see them: content is a string, and a developer is a system. All APIs have them so. */
public final class Messages {
    private Messages() {}

    /**
     * The messages of a request.
     *
     * @throws ApiException when there are none or one is none
     */
    public static List<Message> read(Fields f) {
        List<JsonNode> list = f.list("messages");
        if (list.isEmpty()) {
            throw f.absent("messages", "a list of at least one message");
        }
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            messages.add(message(list.get(i), "messages[" + i + "]"));
        }
        return messages;
    }

    private static Message message(JsonNode node, String name) {
        if (!node.isObject() || !node.path("role").isString()) {
            throw ApiException.field(name, "'" + name + "' is no message: expected an object with a role and content.");
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> e : node.properties()) {
            fields.put(e.getKey(), JsonMapper.shared().treeToValue(e.getValue(), Object.class));
        }
        if (node.path("role").stringValue().equals("developer")) {
            fields.put("role", "system");
        }
        JsonNode content = node.path("content");
        if (content.isArray()) {
            fields.put("content", joined(content, name + ".content"));
        } else if (!content.isString() && !content.isNull() && !content.isMissingNode()) {
            throw ApiException.field(name + ".content", "'" + name + ".content' is neither text nor a list of parts.");
        }
        checkCalls(node.path("tool_calls"), name + ".tool_calls");
        return Message.of(fields);
    }

    private static void checkCalls(JsonNode calls, String name) {
        if (calls.isMissingNode() || calls.isNull()) {
            return;
        }
        for (int i = 0; i < Math.max(1, calls.size()) && !(calls.isArray() && calls.isEmpty()); i++) {
            JsonNode function = calls.path(i).path("function");
            if (!calls.isArray() || !function.path("name").isString()) {
                throw ApiException.field(
                        name,
                        "'" + name
                                + "' is no list of calls: expected objects like {\"id\": \"...\", \"type\": \"function\","
                                + " \"function\": {\"name\": \"...\", \"arguments\": \"{}\"}}.");
            }
        }
    }

    /** A text, or parts of type text as one. */
    public static String content(JsonNode node, String name) {
        if (node.isArray()) {
            return joined(node, name);
        }
        if (!node.isString()) {
            throw ApiException.field(name, "'" + name + "' is neither text nor a list of parts.");
        }
        return node.stringValue();
    }

    private static String joined(JsonNode parts, String name) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            text.append(text(parts.get(i), name + "[" + i + "]"));
        }
        return text.toString();
    }

    /**
     * The text of one part.
     *
     * @throws ApiException for a part of another type
     */
    public static String text(JsonNode part, String place) {
        String type = part.path("type").asString("");
        boolean text = type.equals("text") || type.equals("input_text") || type.equals("output_text");
        if (!text || !part.path("text").isString()) {
            throw ApiException.unsupported(
                    place,
                    "'" + place + "' is a part of type '" + type + "'; this model reads text only, in parts like"
                            + " {\"type\": \"text\", \"text\": \"...\"}.");
        }
        return part.path("text").stringValue();
    }
}
