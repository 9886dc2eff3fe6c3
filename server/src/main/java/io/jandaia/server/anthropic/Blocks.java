package io.jandaia.server.anthropic;

import io.jandaia.model.answer.Tool;
import io.jandaia.model.answer.ToolUse;
import io.jandaia.model.chat.Message;
import io.jandaia.server.ApiException;
import io.jandaia.server.Fields;
import io.jandaia.server.Messages;
import io.jandaia.server.ToolFields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Messages and tools of this API, whose content is blocks, as templates see them. */
final class Blocks {

    private final List<Message> messages = new ArrayList<>();
    /** Names of tools by the ids of their calls. */
    private final Map<String, String> called = new HashMap<>();

    private Blocks() {}

    /** The messages of a request, with the system's before them. */
    static List<Message> messages(Fields f) {
        Blocks blocks = new Blocks();
        JsonNode system = f.get("system");
        if (system != null) {
            blocks.messages.add(Message.system(Messages.content(system, "system")));
        }
        List<JsonNode> list = f.list("messages");
        if (list.isEmpty()) {
            throw f.absent("messages", "a list of at least one message");
        }
        for (int i = 0; i < list.size(); i++) {
            blocks.add(list.get(i), "messages[" + i + "]");
        }
        return blocks.messages;
    }

    private void add(JsonNode message, String place) {
        String role = message.path("role").asString("");
        JsonNode content = message.path("content");
        switch (role) {
            case "user" -> user(content, place + ".content");
            case "assistant" -> assistant(content, place + ".content");
            case "system" -> messages.add(Message.system(Messages.content(content, place + ".content")));
            default ->
                throw ApiException.field(
                        place,
                        "'" + place + "' " + (role.isEmpty() ? "has no role" : "has the role '" + role + "'")
                                + "; expected user or assistant.");
        }
    }

    /** Results of tools are messages of their own, before what the user says. */
    private void user(JsonNode content, String place) {
        if (!content.isArray()) {
            messages.add(Message.user(Messages.content(content, place)));
            return;
        }
        StringBuilder text = new StringBuilder();
        boolean said = false;
        boolean results = false;
        for (int i = 0; i < content.size(); i++) {
            JsonNode block = content.get(i);
            String at = place + "[" + i + "]";
            if (block.path("type").asString("").equals("tool_result")) {
                String id = block.path("tool_use_id").asString("");
                JsonNode result = block.path("content");
                String value =
                        result.isMissingNode() || result.isNull() ? "" : Messages.content(result, at + ".content");
                String error = block.path("is_error").asBoolean(false) ? "Error: " : "";
                messages.add(Message.tool(id, called.getOrDefault(id, ""), error + value));
                results = true;
            } else {
                text.append(Messages.text(block, at));
                said = true;
            }
        }
        if (said || !results) {
            messages.add(Message.user(text.toString()));
        }
    }

    private void assistant(JsonNode content, String place) {
        if (!content.isArray()) {
            messages.add(Message.assistant(Messages.content(content, place)));
            return;
        }
        StringBuilder text = new StringBuilder();
        StringBuilder reasoning = new StringBuilder();
        List<Map<String, @Nullable Object>> calls = new ArrayList<>();
        for (int i = 0; i < content.size(); i++) {
            JsonNode block = content.get(i);
            switch (block.path("type").asString("")) {
                case "thinking" -> reasoning.append(block.path("thinking").asString(""));
                case "redacted_thinking" -> {} // nobody but who wrote it can read it
                case "tool_use" -> calls.add(call(block, place + "[" + i + "]"));
                default -> text.append(Messages.text(block, place + "[" + i + "]"));
            }
        }
        Message message = Message.assistant(text.toString());
        message = reasoning.isEmpty() ? message : message.with("reasoning_content", reasoning.toString());
        messages.add(calls.isEmpty() ? message : message.with("tool_calls", calls));
    }

    private Map<String, @Nullable Object> call(JsonNode block, String place) {
        String id = block.path("id").asString("");
        String name = block.path("name").asString("");
        if (name.isEmpty() || !block.path("input").isObject()) {
            throw ApiException.field(
                    place, "'" + place + "' is no call of a tool: expected a name and an input object.");
        }
        called.put(id, name);
        Map<String, @Nullable Object> function = new LinkedHashMap<>();
        function.put("name", name);
        function.put("arguments", JsonMapper.shared().treeToValue(block.path("input"), Object.class));
        Map<String, @Nullable Object> call = new LinkedHashMap<>();
        call.put("id", id);
        call.put("type", "function");
        call.put("function", function);
        return call;
    }

    /** The tools of a request. */
    static ToolUse tools(Fields f) {
        List<Tool> tools = new ArrayList<>();
        List<JsonNode> list = f.list("tools");
        for (int i = 0; i < list.size(); i++) {
            JsonNode tool = list.get(i);
            String place = "tools[" + i + "]";
            String type = tool.path("type").asString("custom");
            if (!type.equals("custom")) {
                throw ApiException.unsupported(
                        place,
                        "'" + place + "' is the tool '" + type
                                + "', which runs at Anthropic; this server has only tools" + " that the caller runs.");
            }
            tools.add(ToolFields.tool(tool, "input_schema", place));
        }
        ToolFields.check(tools);
        Fields choice = f.object("tool_choice");
        if (choice == null) {
            return new ToolUse(tools, ToolUse.Choice.AUTO, null, true);
        }
        boolean parallel = !choice.flag("disable_parallel_tool_use", false);
        String type = choice.needText("type");
        return switch (type) {
            case "auto" -> new ToolUse(tools, ToolUse.Choice.AUTO, null, parallel);
            case "none" -> new ToolUse(tools, ToolUse.Choice.NONE, null, parallel);
            case "any" -> new ToolUse(tools, ToolUse.Choice.REQUIRED, null, parallel);
            case "tool" -> new ToolUse(tools, ToolUse.Choice.REQUIRED, choice.needText("name"), false);
            default ->
                throw ApiException.field(
                        "tool_choice.type",
                        "The field 'tool_choice.type' is '" + type + "'; expected auto, any, tool or none.");
        };
    }
}
