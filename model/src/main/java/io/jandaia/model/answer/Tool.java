package io.jandaia.model.answer;

import io.jandaia.error.JandaiaException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A function that a model may ask for.
 *
 * @param parameters a JSON schema of an object
 * @param strict whether a schema that cannot be guaranteed is refused; else such a call has any arguments
 */
public record Tool(String name, @Nullable String description, JsonNode parameters, boolean strict) {

    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_.:-]{1,128}");

    public Tool {
        if (!NAME.matcher(name).matches()) {
            throw JandaiaException.usage("The name of a tool is '"
                    + (name.length() > 130 ? name.substring(0, 130) + "..." : name)
                    + "'; expected 1 to 128 letters, digits, dots, colons, underscores and hyphens.");
        }
        if (!parameters.isObject()) {
            throw JandaiaException.usage(
                    "The parameters of the tool '" + name + "' are no JSON schema: expected an object.");
        }
    }

    /** As templates see it. */
    Map<String, @Nullable Object> forTemplate() {
        Map<String, @Nullable Object> function = new LinkedHashMap<>();
        function.put("name", name);
        function.put("description", description == null ? "" : description);
        function.put("parameters", JsonMapper.shared().treeToValue(parameters, Object.class));
        Map<String, @Nullable Object> tool = new LinkedHashMap<>();
        tool.put("type", "function");
        tool.put("function", function);
        return tool;
    }
}
