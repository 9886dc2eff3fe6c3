package io.jandaia.model.grammar;

import static io.jandaia.model.grammar.SchemaKeywords.OF_OTHERS;
import static io.jandaia.model.grammar.SchemaKeywords.TYPES;
import static io.jandaia.model.grammar.SchemaKeywords.isOf;
import static io.jandaia.model.grammar.SchemaKeywords.listed;
import static io.jandaia.model.grammar.SchemaKeywords.required;
import static io.jandaia.model.grammar.SchemaKeywords.types;
import static io.jandaia.model.grammar.SchemaKeywords.unsupported;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Whether one value could fit two schemas of a {@code oneOf}. */
final class DisjointSchemas {

    private final SchemaReferences references;
    private final SchemaReading reading;

    DisjointSchemas(SchemaReferences references, SchemaReading reading) {
        this.references = references;
        this.reading = reading;
    }

    /** {@code oneOf} means exactly one: what is written for one of its schemas must not fit another. */
    void check(List<JsonNode> options, String place) {
        List<ObjectNode> parts =
                options.stream().map(o -> references.whole(o, place)).toList();
        for (int i = 0; i < parts.size(); i++) {
            for (int j = i + 1; j < parts.size(); j++) {
                if (!apart(parts.get(i), parts.get(j), place, new HashSet<>())) {
                    throw unsupported(
                            place,
                            "oneOf",
                            "has schemas (" + i + " and " + j
                                    + ") that one value could fit both; give them different types, or"
                                    + " a required property with a const of its own, or use anyOf");
                }
            }
        }
    }

    /** Whether nothing that is written for one of two schemas fits the other; false where that is not seen. */
    private boolean apart(ObjectNode a, ObjectNode b, String place, Set<List<JsonNode>> seen) {
        Set<String> common = common(written(a, place), fitting(b, place));
        common.addAll(common(written(b, place), fitting(a, place)));
        if (common.isEmpty()) {
            return true;
        }
        List<JsonNode> x = listed(a);
        List<JsonNode> y = listed(b);
        if (!x.isEmpty() && !y.isEmpty()) {
            return x.stream().noneMatch(v -> y.stream().anyMatch(w -> same(v, w)));
        }
        if (!common.equals(Set.of("object"))) {
            return false;
        }
        for (String name : common(required(a, place), required(b, place))) {
            JsonNode p = a.path("properties").path(name);
            JsonNode q = b.path("properties").path(name);
            if (p.isObject()
                    && q.isObject()
                    && seen.add(List.of(p, q)) // they may be in themselves
                    && apart(references.whole(p, place), references.whole(q, place), place, seen)) {
                return true;
            }
        }
        return false;
    }

    private static Set<String> common(Set<String> a, Set<String> b) {
        Set<String> out = new LinkedHashSet<>(a);
        out.retainAll(b);
        return out;
    }

    /** Whether two values are equal; 1 and 1.0 are. */
    static boolean same(JsonNode a, JsonNode b) {
        return a.equals((x, y) -> x.equals(y) || (x.isNumber() && y.isNumber() && equal(x, y)) ? 0 : 1, b);
    }

    private static boolean equal(JsonNode x, JsonNode y) {
        return x.decimalValue().compareTo(y.decimalValue()) == 0;
    }

    /** The types of what is written for a schema; integers are numbers. */
    private Set<String> written(ObjectNode o, String place) {
        boolean more = OF_OTHERS.stream().anyMatch(o::has); // these may be about other types
        return o.has("type") || !more ? kinds(o, types(o, reading, place)) : kinds(o, TYPES);
    }

    /** The types of what fits a schema: without {@code type} every one, as keywords are about values of their own type only. */
    private Set<String> fitting(ObjectNode o, String place) {
        return kinds(o, o.has("type") ? types(o, reading, place) : TYPES);
    }

    private static Set<String> kinds(ObjectNode o, List<String> types) {
        Set<String> out = new TreeSet<>();
        List<JsonNode> values = listed(o);
        for (String type : values.isEmpty() ? types : List.<String>of()) {
            out.add(type.equals("integer") ? "number" : type);
        }
        for (JsonNode v : values) {
            TYPES.stream().filter(type -> isOf(type, v)).forEach(out::add);
        }
        return out;
    }
}
