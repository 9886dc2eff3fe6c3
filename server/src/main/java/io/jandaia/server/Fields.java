package io.jandaia.server;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fields of a request: typed, with errors that name the field. It remembers which were asked for, so that the others
 * can be named as what has no effect. A field that is null counts as absent.
 */
public final class Fields {
    private final ObjectNode node;
    private final String path;
    private final Set<String> known = new LinkedHashSet<>();
    private final Map<String, Fields> parts = new LinkedHashMap<>();

    private Fields(ObjectNode node, String path) {
        this.node = node;
        this.path = path;
    }

    public static Fields of(ObjectNode node) {
        return new Fields(node, "");
    }

    /** The field as it stands; null if absent. */
    public @Nullable JsonNode get(String name) {
        known.add(name);
        JsonNode value = node.get(name);
        return value == null || value.isNull() ? null : value;
    }

    /** Whether a list has this text. A list without it stays unread, and is named as without effect. */
    public boolean lists(String name, String text) {
        boolean there = node.path(name).valueStream().anyMatch(n -> text.equals(n.asString("")));
        if (there) {
            known.add(name);
        }
        return there;
    }

    /** An object in this one. */
    public @Nullable Fields object(String name) {
        JsonNode value = get(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof ObjectNode object)) {
            throw wrong(name, value, "an object");
        }
        return parts.computeIfAbsent(name, n -> new Fields(object, path + n + "."));
    }

    public @Nullable String text(String name) {
        JsonNode value = get(name);
        if (value != null && !value.isString()) {
            throw wrong(name, value, "a string");
        }
        return value == null ? null : value.stringValue();
    }

    /**
     * A text that must be there.
     *
     * @throws ApiException if absent
     */
    public String needText(String name) {
        String value = text(name);
        if (value == null) {
            throw absent(name, "a string");
        }
        return value;
    }

    public @Nullable Double number(String name) {
        JsonNode value = get(name);
        if (value != null && !value.isNumber()) {
            throw wrong(name, value, "a number");
        }
        return value == null ? null : value.doubleValue();
    }

    public @Nullable Integer whole(String name) {
        JsonNode value = get(name);
        if (value != null && !(value.isIntegralNumber() && value.canConvertToInt())) {
            throw wrong(name, value, "a whole number");
        }
        return value == null ? null : value.intValue();
    }

    public @Nullable Long large(String name) {
        JsonNode value = get(name);
        if (value != null && !(value.isIntegralNumber() && value.canConvertToLong())) {
            throw wrong(name, value, "a whole number");
        }
        return value == null ? null : value.longValue();
    }

    /**
     * A number in a range.
     *
     * @param otherwise if absent
     */
    public int whole(String name, int otherwise, int least, int most) {
        Integer value = whole(name);
        if (value == null) {
            return otherwise;
        }
        if (value < least || value > most) {
            throw ApiException.field(
                    path + name,
                    "The field '" + path + name + "' is " + value + "; expected a whole number from " + least + " to "
                            + most + ".");
        }
        return value;
    }

    /**
     * True or false.
     *
     * @param otherwise if absent
     */
    public boolean flag(String name, boolean otherwise) {
        JsonNode value = get(name);
        if (value != null && !value.isBoolean()) {
            throw wrong(name, value, "true or false");
        }
        return value == null ? otherwise : value.booleanValue();
    }

    /** A string or a list of strings; empty if absent. */
    public List<String> texts(String name) {
        JsonNode value = get(name);
        if (value == null) {
            return List.of();
        }
        if (value.isString()) {
            return List.of(value.stringValue());
        }
        if (!value.isArray() || value.valueStream().anyMatch(v -> !v.isString())) {
            throw wrong(name, value, "a string or a list of strings");
        }
        return value.valueStream().map(JsonNode::stringValue).toList();
    }

    /** A list; empty if absent. */
    public List<JsonNode> list(String name) {
        JsonNode value = get(name);
        if (value != null && !value.isArray()) {
            throw wrong(name, value, "a list");
        }
        return value == null ? List.of() : value.valueStream().toList();
    }

    public ApiException absent(String name, String expected) {
        return ApiException.field(
                path + name, "The request has no field '" + path + name + "'; expected " + expected + ".");
    }

    public ApiException wrong(String name, JsonNode found, String expected) {
        String text = found.toString();
        return ApiException.field(
                path + name,
                "The field '" + path + name + "' is " + (text.length() > 60 ? text.substring(0, 60) + "..." : text)
                        + "; expected " + expected + ".");
    }

    /** The fields that nobody asked for, with those of objects in it. */
    public List<String> ignored() {
        List<String> names = new ArrayList<>();
        for (String name : node.propertyNames()) {
            JsonNode value = node.get(name);
            if (!known.contains(name) && value != null && !value.isNull()) {
                names.add(path + name);
            }
        }
        parts.values().forEach(p -> names.addAll(p.ignored()));
        return names;
    }
}
