package io.jandaia.server.openai;

import io.jandaia.model.chat.Message;
import io.jandaia.server.ApiException;
import io.jandaia.server.Fields;
import io.jandaia.server.Messages;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The items of the Responses API as messages: what one turn of the assistant consists of (reasoning, text, calls) are several
 * items there and one message in templates.
 */
final class ResponseInput {

    private final List<Message> messages = new ArrayList<>();
    /** Names of tools by the ids of their calls. */
    private final Map<String, String> called = new HashMap<>();

    private final StringBuilder reasoning = new StringBuilder();
    private final List<Map<String, @Nullable Object>> calls = new ArrayList<>();
    private @Nullable String said;

    private ResponseInput() {}

    static List<Message> messages(Fields f) {
        ResponseInput input = new ResponseInput();
        String instructions = f.text("instructions");
        if (instructions != null) {
            input.messages.add(Message.system(instructions));
        }
        JsonNode node = f.get("input");
        if (node == null) {
            throw f.absent("input", "a string or a list of items");
        }
        if (node.isString()) {
            input.messages.add(Message.user(node.stringValue()));
        } else {
            List<JsonNode> items = f.list("input");
            for (int i = 0; i < items.size(); i++) {
                input.add(items.get(i), "input[" + i + "]");
            }
            input.endTurn();
        }
        if (input.messages.isEmpty()) {
            throw f.absent("input", "at least one item");
        }
        return input.messages;
    }

    private void add(JsonNode item, String place) {
        String type = item.path("type").asString("message");
        switch (type) {
            case "message" -> message(item, place);
            case "reasoning" -> {
                item.path("content")
                        .forEach(c -> reasoning.append(c.path("text").asString("")));
            }
            case "function_call" -> call(item, place);
            case "function_call_output" -> {
                endTurn();
                String id = item.path("call_id").asString("");
                String output = Messages.content(item.path("output"), place + ".output");
                messages.add(Message.tool(id, called.getOrDefault(id, ""), output));
            }
            default ->
                throw ApiException.unsupported(
                        place,
                        "'" + place + "' is an item of type '" + type
                                + "'; expected message, reasoning, function_call or function_call_output.");
        }
    }

    private void message(JsonNode item, String place) {
        String role = item.path("role").asString("");
        String content = Messages.content(item.path("content"), place + ".content");
        switch (role) {
            case "assistant" -> {
                if (said != null || !calls.isEmpty()) {
                    endTurn();
                }
                said = content;
            }
            case "user", "system", "developer" -> {
                endTurn();
                messages.add(Message.of(role.equals("developer") ? "system" : role, content));
            }
            default ->
                throw ApiException.field(
                        place + ".role",
                        "'" + place + "' has the role '" + role + "'; expected user, assistant, system or developer.");
        }
    }

    private void call(JsonNode item, String place) {
        String name = item.path("name").asString("");
        if (name.isEmpty() || !item.path("arguments").isString()) {
            throw ApiException.field(
                    place, "'" + place + "' is no call of a function: expected a name and arguments as JSON text.");
        }
        String id = item.path("call_id").asString("");
        called.put(id, name);
        Map<String, @Nullable Object> function = new LinkedHashMap<>();
        function.put("name", name);
        function.put("arguments", item.path("arguments").stringValue());
        Map<String, @Nullable Object> call = new LinkedHashMap<>();
        call.put("id", id);
        call.put("type", "function");
        call.put("function", function);
        calls.add(call);
    }

    private void endTurn() {
        if (said == null && calls.isEmpty() && reasoning.isEmpty()) {
            return;
        }
        Message turn = Message.assistant(said == null ? "" : said);
        turn = reasoning.isEmpty() ? turn : turn.with("reasoning_content", reasoning.toString());
        messages.add(calls.isEmpty() ? turn : turn.with("tool_calls", List.copyOf(calls)));
        said = null;
        reasoning.setLength(0);
        calls.clear();
    }
}
