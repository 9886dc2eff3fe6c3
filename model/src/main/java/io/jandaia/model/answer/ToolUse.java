package io.jandaia.model.answer;

import io.jandaia.error.JandaiaException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tools of a request and what the model may do with them.
 *
 * @param name the one that must be called; null = not said
 * @param parallel whether several calls may be in one answer
 */
public record ToolUse(
        List<Tool> tools, Choice choice, @Nullable String name, boolean parallel) {

    /** Whether tools are called. */
    public enum Choice {
        /** As the model likes. */
        AUTO,
        /** Never. */
        NONE,
        /** At least one. */
        REQUIRED
    }

    public static final ToolUse NONE = new ToolUse(List.of(), Choice.NONE, null, true);

    public ToolUse {
        tools = List.copyOf(tools);
        Set<String> names = new HashSet<>();
        for (Tool t : tools) {
            if (!names.add(t.name())) {
                throw JandaiaException.usage("Two tools are called '" + t.name() + "'; names must differ.");
            }
        }
        if (name != null && !names.contains(name)) {
            throw JandaiaException.usage(
                    "The tool to be called is '" + name + "', which is not one of the request's tools.");
        }
        if (choice == Choice.REQUIRED && tools.isEmpty()) {
            throw JandaiaException.usage("A call of a tool is required, but the request has no tools.");
        }
    }

    /** Whether a call may come at all. */
    public boolean possible() {
        return !tools.isEmpty() && choice != Choice.NONE;
    }

    /** Those that may be called. */
    public List<Tool> callable() {
        return !possible()
                ? List.of()
                : tools.stream()
                        .filter(t -> name == null || t.name().equals(name))
                        .toList();
    }

    /** As templates see them; null for none. */
    public @Nullable List<Map<String, @Nullable Object>> forTemplate() {
        return possible() ? tools.stream().map(Tool::forTemplate).toList() : null;
    }
}
