package io.jandaia.server;

import io.jandaia.model.answer.Tool;
import io.jandaia.model.answer.ToolUse;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The tools of a request, as OpenAI's API and those that follow it write them. */
public final class ToolFields {

    private static final int MOST = 128;

    private ToolFields() {}

    /**
     * Tools and what may be done with them.
     *
     * @throws ApiException for what is none
     */
    public static ToolUse read(Fields f) {
        List<Tool> tools = new ArrayList<>();
        List<JsonNode> list = f.list("tools");
        for (int i = 0; i < list.size(); i++) {
            JsonNode tool = list.get(i);
            String place = "tools[" + i + "]";
            String type = tool.path("type").asString("function");
            if (!type.equals("function")) {
                throw ApiException.unsupported(
                        place,
                        "'" + place + "' is of type '" + type + "'; this server has only tools of type function.");
            }
            JsonNode function = tool.has("function") ? tool.path("function") : tool; // the Responses API has it flat
            tools.add(tool(function, "parameters", place));
        }
        check(tools);
        boolean parallel = f.flag("parallel_tool_calls", true);
        return choice(f.get("tool_choice"), tools, parallel);
    }

    /** Refuses more than can be looked at. */
    public static void check(List<Tool> tools) {
        if (tools.size() > MOST) {
            throw ApiException.field(
                    "tools", "The request has " + tools.size() + " tools; expected at most " + MOST + ".");
        }
    }

    /**
     * One function.
     *
     * @param schema the field that has the schema of its arguments
     */
    public static Tool tool(JsonNode function, String schema, String place) {
        if (!function.path("name").isString()) {
            throw ApiException.field(place, "'" + place + "' has no name.");
        }
        JsonNode parameters = function.path(schema);
        if (parameters.isMissingNode() || parameters.isNull()) {
            ObjectNode none = Exchange.object().put("type", "object");
            none.putObject("properties");
            parameters = none;
        }
        if (!parameters.isObject()) {
            throw ApiException.field(place, "'" + place + "." + schema + "' is no JSON schema of an object.");
        }
        return new Tool(
                function.path("name").stringValue(),
                function.path("description").isString()
                        ? function.path("description").stringValue()
                        : null,
                parameters,
                function.path("strict").asBoolean(false));
    }

    private static ToolUse choice(@Nullable JsonNode choice, List<Tool> tools, boolean parallel) {
        if (choice == null) {
            return new ToolUse(tools, ToolUse.Choice.AUTO, null, parallel);
        }
        if (choice.isString()) {
            return switch (choice.stringValue()) {
                case "auto" -> new ToolUse(tools, ToolUse.Choice.AUTO, null, parallel);
                case "none" -> new ToolUse(tools, ToolUse.Choice.NONE, null, parallel);
                case "required", "any" -> new ToolUse(tools, ToolUse.Choice.REQUIRED, null, parallel);
                default -> throw wrong(choice);
            };
        }
        JsonNode name = choice.has("function") ? choice.path("function").path("name") : choice.path("name");
        if (!choice.path("type").asString("function").equals("function") || !name.isString()) {
            throw wrong(choice);
        }
        return new ToolUse(tools, ToolUse.Choice.REQUIRED, name.stringValue(), false);
    }

    private static ApiException wrong(JsonNode choice) {
        String text = choice.toString();
        return ApiException.field(
                "tool_choice",
                "The field 'tool_choice' is " + (text.length() > 100 ? text.substring(0, 100) + "..." : text)
                        + "; expected none, auto, required or"
                        + " {\"type\": \"function\", \"function\": {\"name\": \"...\"}}.");
    }
}
