package io.jandaia.model.grammar;

import io.jandaia.error.JandaiaException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The keywords of JSON Schema that are known, and what each says by itself. */
final class SchemaKeywords {

    static final Set<String> NOTES = Set.of(
            "title",
            "description",
            "default",
            "examples",
            "deprecated",
            "readOnly",
            "writeOnly",
            "$schema",
            "$id",
            "$comment",
            "$defs",
            "definitions",
            "$anchor",
            "contentMediaType",
            "contentEncoding");
    private static final Set<String> OF_STRINGS = Set.of("minLength", "maxLength", "pattern", "format");
    private static final Set<String> OF_NUMBERS =
            Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf");
    private static final Set<String> OF_OBJECTS = Set.of("properties", "required", "additionalProperties");
    private static final Set<String> OF_ARRAYS = Set.of("items", "prefixItems", "minItems", "maxItems");
    private static final Set<String> OF_ANY = Set.of("type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref");
    /** Keywords that may be about values of any type. */
    static final Set<String> OF_OTHERS = Set.of("anyOf", "oneOf", "allOf", "$ref");

    static final List<String> TYPES = List.of("object", "array", "string", "number", "boolean", "null");

    private SchemaKeywords() {}

    static JandaiaException unsupported(String place, String keyword, String why) {
        return JandaiaException.unsupported(
                "The JSON schema's keyword '" + keyword + "' at " + place + " " + why + ".");
    }

    static JandaiaException wrong(String place, String what) {
        return JandaiaException.usage("The JSON schema at " + place + " " + what + ".");
    }

    static void check(ObjectNode o, String place) {
        for (String keyword : o.propertyNames()) {
            boolean known = NOTES.contains(keyword)
                    || OF_ANY.contains(keyword)
                    || OF_STRINGS.contains(keyword)
                    || OF_NUMBERS.contains(keyword)
                    || OF_OBJECTS.contains(keyword)
                    || OF_ARRAYS.contains(keyword)
                    || keyword.startsWith("x-");
            boolean harmless = keyword.equals("uniqueItems") && !o.path(keyword).asBoolean(true);
            if (!known && !harmless) {
                throw unsupported(place, keyword, "is not one that can be guaranteed");
            }
        }
    }

    static ObjectNode without(ObjectNode o, String... keywords) {
        ObjectNode rest = o.deepCopy();
        for (String k : keywords) {
            rest.remove(k);
        }
        return rest;
    }

    static int count(ObjectNode o, String keyword, int otherwise, String place) {
        JsonNode value = o.get(keyword);
        if (value == null) {
            return otherwise;
        }
        if (!value.isNumber()
                || !value.canConvertToExactIntegral()
                || !value.canConvertToInt()
                || value.intValue() < 0) {
            throw wrong(place, "has '" + keyword + "' " + value + "; expected a whole number of at least 0");
        }
        return value.intValue();
    }

    /** Whether two limits leave anything. */
    static void check(int least, int most, String lower, String upper, String place) {
        if (most != Expression.UNBOUNDED && least > most) {
            throw wrong(place, "allows nothing: '" + lower + "' is " + least + " and '" + upper + "' is " + most);
        }
    }

    static BigDecimal number(ObjectNode o, String keyword, String place) {
        JsonNode value = o.path(keyword);
        if (!value.isNumber()) {
            throw wrong(place, "has '" + keyword + "' " + value + "; expected a number");
        }
        return value.decimalValue();
    }

    static Set<String> required(ObjectNode o, String place) {
        Set<String> names = new LinkedHashSet<>();
        JsonNode required = o.get("required");
        if (required != null && !(required instanceof ArrayNode)) {
            throw wrong(place, "has 'required' that is no list of names");
        }
        o.path("required").forEach(n -> names.add(n.asString("")));
        return names;
    }

    static List<JsonNode> listed(ObjectNode o) {
        return o.has("const")
                ? List.of(o.get("const"))
                : o.path("enum").valueStream().toList();
    }

    /** What {@code type} says; else every type, or as usual those that the other keywords are about. */
    static List<String> types(ObjectNode o, SchemaReading reading, String place) {
        JsonNode type = o.get("type");
        if (type == null) {
            List<String> about = about(o);
            return about.isEmpty() || reading == SchemaReading.COMPLETE ? TYPES : about;
        }
        List<String> names =
                type.isArray() ? type.valueStream().map(t -> t.asString("")).toList() : List.of(type.asString(""));
        for (String name : names) {
            if (!TYPES.contains(name) && !name.equals("integer")) {
                throw wrong(place, "has the type '" + name + "', which JSON Schema does not know");
            }
        }
        if (names.isEmpty()) {
            throw wrong(place, "has an empty list of types");
        }
        return names;
    }

    /** The types that keywords are about. */
    static List<String> about(ObjectNode o) {
        List<String> about = new ArrayList<>();
        addIf(about, o, OF_OBJECTS, "object");
        addIf(about, o, OF_ARRAYS, "array");
        addIf(about, o, OF_STRINGS, "string");
        addIf(about, o, OF_NUMBERS, "number");
        return about;
    }

    private static void addIf(List<String> about, ObjectNode o, Set<String> keywords, String type) {
        if (keywords.stream().anyMatch(o::has)) {
            about.add(type);
        }
    }

    static boolean isOf(String type, JsonNode value) {
        return switch (type) {
            case "string" -> value.isString();
            case "integer" ->
                value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0;
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            case "object" -> value.isObject();
            default -> value.isArray();
        };
    }
}
