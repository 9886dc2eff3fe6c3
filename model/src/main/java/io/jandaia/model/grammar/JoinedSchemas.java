package io.jandaia.model.grammar;

import static io.jandaia.model.grammar.SchemaKeywords.NOTES;
import static io.jandaia.model.grammar.SchemaKeywords.number;
import static io.jandaia.model.grammar.SchemaKeywords.required;
import static io.jandaia.model.grammar.SchemaKeywords.types;
import static io.jandaia.model.grammar.SchemaKeywords.unsupported;
import static io.jandaia.model.grammar.SchemaKeywords.wrong;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Two schemas as one, of what fits both. */
final class JoinedSchemas {

    private static final Set<String> PARTS = Set.of("properties", "additionalProperties", "prefixItems", "items");

    private JoinedSchemas() {}

    static ObjectNode of(ObjectNode a, ObjectNode b, String place) {
        ObjectNode out = a.deepCopy();
        for (Map.Entry<String, JsonNode> e : b.properties()) {
            String keyword = e.getKey();
            JsonNode mine = out.get(keyword);
            JsonNode yours = e.getValue();
            if (PARTS.contains(keyword)) {
                continue; // below
            }
            if (mine == null || NOTES.contains(keyword) || mine.equals(yours)) {
                if (mine == null || !NOTES.contains(keyword)) {
                    out.set(keyword, yours);
                }
            } else if (keyword.equals("required")) {
                ArrayNode names = out.putArray("required");
                Set<String> all = required(a, place);
                all.addAll(required(b, place));
                all.forEach(names::add);
            } else if (keyword.equals("type")) {
                ArrayNode types = out.putArray("type");
                commonTypes(a, b, place).forEach(types::add);
                if (types.isEmpty()) {
                    throw unsupported(place, "type", "is there twice, and no type is in both");
                }
            } else if (keyword.equals("enum") && mine.isArray() && yours.isArray()) {
                ArrayNode values = out.putArray("enum");
                mine.valueStream()
                        .filter(v -> yours.valueStream().anyMatch(w -> DisjointSchemas.same(v, w)))
                        .forEach(values::add);
                if (values.isEmpty()) {
                    throw unsupported(place, "enum", "is there twice, and no value is in both");
                }
            } else if (keyword.startsWith("min") || keyword.equals("exclusiveMinimum")) {
                out.set(keyword, number(a, keyword, place).compareTo(number(b, keyword, place)) > 0 ? mine : yours);
            } else if (keyword.startsWith("max") || keyword.equals("exclusiveMaximum")) {
                out.set(keyword, number(a, keyword, place).compareTo(number(b, keyword, place)) < 0 ? mine : yours);
            } else {
                throw unsupported(place, keyword, "is there twice with different values, which cannot be joined");
            }
        }
        joinProperties(a, b, out, place);
        joinItems(a, b, out, place);
        return out;
    }

    /** An integer is a number too. */
    private static Set<String> commonTypes(ObjectNode a, ObjectNode b, String place) {
        List<String> mine = types(a, SchemaReading.USUAL, place);
        List<String> yours = types(b, SchemaReading.USUAL, place);
        Set<String> out = new LinkedHashSet<>();
        for (String type : mine) {
            if (yours.contains(type) || (type.equals("integer") && yours.contains("number"))) {
                out.add(type);
            } else if (type.equals("number") && yours.contains("integer")) {
                out.add("integer");
            }
        }
        return out;
    }

    /** What one schema says of the properties that only the other names is what it says of all others. */
    private static void joinProperties(ObjectNode a, ObjectNode b, ObjectNode out, String place) {
        JsonNode others = both(a.get("additionalProperties"), b.get("additionalProperties"), place);
        if (others != null) {
            out.set("additionalProperties", others);
        }
        Set<String> names = new LinkedHashSet<>();
        for (ObjectNode o : List.of(a, b)) {
            JsonNode own = o.get("properties");
            if (own != null && !own.isObject()) {
                throw wrong(place, "has 'properties' that are no object");
            }
            names.addAll(own == null ? List.of() : own.propertyNames());
        }
        if (names.isEmpty()) {
            return;
        }
        ObjectNode all = out.putObject("properties");
        for (String name : names) {
            all.set(name, both(property(a, name), property(b, name), place));
        }
    }

    private static @Nullable JsonNode property(ObjectNode o, String name) {
        JsonNode own = o.path("properties").get(name);
        return own == null ? o.get("additionalProperties") : own;
    }

    /** What one schema says of the places that only the other names is what it says of all others. */
    private static void joinItems(ObjectNode a, ObjectNode b, ObjectNode out, String place) {
        JsonNode others = both(a.get("items"), b.get("items"), place);
        if (others != null) {
            out.set("items", others);
        }
        int most = Math.max(a.path("prefixItems").size(), b.path("prefixItems").size());
        if (most == 0) {
            return;
        }
        ArrayNode all = out.putArray("prefixItems");
        for (int i = 0; i < most; i++) {
            all.add(both(item(a, i), item(b, i), place));
        }
    }

    private static @Nullable JsonNode item(ObjectNode o, int i) {
        JsonNode own = o.path("prefixItems").get(i);
        return own == null ? o.get("items") : own;
    }

    /** The schema of what fits two; null = anything does. */
    private static @Nullable JsonNode both(@Nullable JsonNode x, @Nullable JsonNode y, String place) {
        if (x == null || (x.isBoolean() && x.booleanValue())) {
            return y == null ? x : y;
        }
        if (y == null || (y.isBoolean() && y.booleanValue()) || x.equals(y)) {
            return x;
        }
        if (x.isBoolean() || y.isBoolean()) {
            return x.isBoolean() ? x : y; // one of them is false
        }
        if (x instanceof ObjectNode m && y instanceof ObjectNode z) {
            return of(m, z, place);
        }
        throw wrong(place, "has a part that is no schema");
    }
}
