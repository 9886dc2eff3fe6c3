package io.jandaia.model.grammar;

import static io.jandaia.model.grammar.Expression.UNBOUNDED;
import static io.jandaia.model.grammar.Expression.all;
import static io.jandaia.model.grammar.Expression.optional;
import static io.jandaia.model.grammar.Expression.repeat;
import static io.jandaia.model.grammar.Expression.text;

import io.jandaia.error.JandaiaException;
import java.math.BigDecimal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.NumericNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Grammars from JSON Schema (2020-12, and what it shares with older drafts). Every text of the grammar is valid; not every
 * valid text is in it: members come in the order of the schema, and what the schema does not speak of is left out. A keyword
 * whose meaning cannot be kept is refused by name.
 */
final class JsonSchema {

    static final String ROOT = "schema";

    private static final int MOST_DEPTH = 64;
    private static final int MOST_BYTES = 256 << 10;

    private static final Set<String> NOTES = Set.of(
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
    /** Keywords that two schemas have together. */
    private static final Set<String> PARTS = Set.of("properties", "additionalProperties", "prefixItems", "items");

    private static final Set<String> OF_ANY = Set.of("type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref");

    private static final Set<String> OF_OTHERS = Set.of("anyOf", "oneOf", "allOf", "$ref");

    private static final List<String> TYPES = List.of("object", "array", "string", "number", "boolean", "null");

    private final JsonNode root;
    private final JsonRules json = new JsonRules();
    private final Map<String, Expression> rules = new LinkedHashMap<>();
    /** Rule names of places that a {@code $ref} names. */
    private final Map<String, String> references = new HashMap<>();

    private int numbers;

    private JsonSchema(JsonNode root) {
        this.root = root;
    }

    static Map<String, Expression> rules(JsonNode schema) {
        if (schema.toString().length() > MOST_BYTES) {
            throw JandaiaException.unsupported(
                    "The JSON schema has more than " + MOST_BYTES + " characters, which is the limit.");
        }
        checkNumbers(schema);
        for (JsonNode part : schema) {
            checkReferences(part, "#", false);
        }
        JsonSchema s = new JsonSchema(schema);
        s.rules.put(ROOT, s.schema(schema, "#", 0));
        Map<String, Expression> all = s.json.with("json.end", Expression.EMPTY);
        all.putAll(s.rules);
        return all;
    }

    private static JandaiaException unsupported(String place, String keyword, String why) {
        return JandaiaException.unsupported(
                "The JSON schema's keyword '" + keyword + "' at " + place + " " + why + ".");
    }

    private static JandaiaException wrong(String place, String what) {
        return JandaiaException.usage("The JSON schema at " + place + " " + what + ".");
    }

    private static void checkNumbers(JsonNode node) {
        if (node instanceof NumericNode n && n.isNaN()) {
            throw JandaiaException.usage("The JSON schema has a number that is too large.");
        }
        node.forEach(JsonSchema::checkNumbers);
    }

    /** Within a schema with an {@code $id} of its own, '#' is that schema and not the whole. */
    private static void checkReferences(JsonNode node, String base, boolean own) {
        String id = node.path("$id").asString("");
        boolean within = own || !(id.isEmpty() || id.startsWith("#"));
        if (within && node.path("$ref").asString("").startsWith("#")) {
            throw unsupported(own ? base : id, "$ref", "is within a schema that has an '$id' of its own");
        }
        node.forEach(part -> checkReferences(part, own ? base : id, within));
    }

    private Expression schema(JsonNode schema, String place, int depth) {
        if (depth > MOST_DEPTH) {
            throw wrong(
                    place,
                    "has more than " + MOST_DEPTH + " schemas in each other; name them in $defs and refer to them");
        }
        if (schema.isBoolean()) {
            if (!schema.booleanValue()) {
                throw wrong(place, "is false, which nothing fits");
            }
            return json.value();
        }
        if (!(schema instanceof ObjectNode o)) {
            throw wrong(place, "is neither an object nor true");
        }
        checkKeywords(o, place);
        if (o.has("$ref")) {
            return reference(o, place, depth);
        }
        if (o.has("allOf")) {
            return schema(merged(o, place), place, depth + 1);
        }
        if (o.has("const")) {
            return literals(List.of(o.get("const")), without(o, "const"), place);
        }
        if (o.has("enum")) {
            if (!(o.get("enum") instanceof ArrayNode values) || values.isEmpty()) {
                throw wrong(place, "has an 'enum' that is no list of values");
            }
            return literals(values.valueStream().toList(), without(o, "enum"), place);
        }
        for (String keyword : List.of("anyOf", "oneOf")) {
            if (o.has(keyword)) {
                return options(o, keyword, place, depth);
            }
        }
        return typed(o, place, depth);
    }

    private static void checkKeywords(ObjectNode o, String place) {
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

    private static ObjectNode without(ObjectNode o, String... keywords) {
        ObjectNode rest = o.deepCopy();
        for (String k : keywords) {
            rest.remove(k);
        }
        return rest;
    }

    private Expression reference(ObjectNode o, String place, int depth) {
        String target = o.path("$ref").asString("");
        ObjectNode rest = without(o, "$ref");
        NOTES.forEach(rest::remove);
        JsonNode found = find(target, place);
        if (!rest.isEmpty()) {
            if (!(found instanceof ObjectNode named)) {
                throw unsupported(place, "$ref", "has keywords beside it that cannot be joined with what it names");
            }
            return schema(joined(named, rest, place), place, depth + 1);
        }
        String name = references.get(target);
        if (name == null) {
            name = "ref" + references.size();
            references.put(target, name);
            rules.put(name, Expression.EMPTY); // keeps its place: it may refer to itself
            rules.put(name, schema(found, target, 0));
        }
        return new Expression.Rule(name);
    }

    private JsonNode find(String target, String place) {
        if (!target.startsWith("#")) {
            throw unsupported(
                    place, "$ref", "is '" + target + "'; only places in the same schema, '#/...', can be named");
        }
        String pointer = decoded(target.substring(1), place);
        if (!pointer.isEmpty() && !pointer.startsWith("/")) {
            throw unsupported(place, "$ref", "is '" + target + "'; anchors cannot be named, only '#/...'");
        }
        JsonNode found = root.at(pointer);
        if (found.isMissingNode()) {
            throw wrong(place, "refers to '" + target + "', which it does not have");
        }
        return found;
    }

    private static String decoded(String pointer, String place) {
        try {
            return URLDecoder.decode(pointer.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw wrong(place, "refers to '#" + pointer + "', where '%' is not followed by two hexadecimal digits");
        }
    }

    /** The schema of all that {@code allOf} wants at once, with what stands beside it. */
    private ObjectNode merged(ObjectNode o, String place) {
        ObjectNode out = without(o, "allOf");
        if (!(o.get("allOf") instanceof ArrayNode parts)) {
            throw wrong(place, "has an 'allOf' that is no list");
        }
        Set<String> seen = new LinkedHashSet<>();
        for (JsonNode part : parts.values()) {
            JsonNode p = part;
            while (p.has("$ref") && p.size() == 1) {
                String target = p.get("$ref").asString("");
                if (!seen.add(target)) {
                    throw wrong(place, "has an 'allOf' with a circle of references");
                }
                p = find(target, place);
            }
            if (!(p instanceof ObjectNode named)) {
                if (p.isBoolean() && p.booleanValue()) {
                    continue;
                }
                throw wrong(place, "has an 'allOf' with a part that is no schema");
            }
            out = joined(out, named, place);
        }
        return out;
    }

    private static ObjectNode joined(ObjectNode a, ObjectNode b, String place) {
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

    private static BigDecimal number(ObjectNode o, String keyword, String place) {
        JsonNode value = o.path(keyword);
        if (!value.isNumber()) {
            throw wrong(place, "has '" + keyword + "' " + value + "; expected a number");
        }
        return value.decimalValue();
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
            JsonNode schema = both(property(a, name), property(b, name), place);
            boolean never = schema != null && schema.isBoolean() && !schema.booleanValue();
            if (!never) {
                all.set(name, schema);
            } else if (others != null && !others.isBoolean()) {
                throw unsupported(
                        place,
                        "additionalProperties",
                        "allows more than the property '" + name + "' does elsewhere, which cannot be joined");
            }
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
            JsonNode schema = both(item(a, i), item(b, i), place);
            if (schema != null && schema.isBoolean() && !schema.booleanValue()) {
                throw unsupported(place, "prefixItems", "names a place that 'items' beside it forbids");
            }
            all.add(schema);
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
            return joined(m, z, place);
        }
        throw wrong(place, "has a part that is no schema");
    }

    private Expression literals(List<JsonNode> values, ObjectNode beside, String place) {
        List<Expression> out = new ArrayList<>();
        for (JsonNode value : values) {
            if (allows(beside, value, place)) {
                out.add(text(value.toString()));
            }
        }
        if (out.isEmpty()) {
            throw wrong(place, "allows no value: what it lists is excluded by its other keywords");
        }
        return new Expression.Choice(out);
    }

    /** Whether the keywords beside an enum let a value through. */
    private static boolean allows(ObjectNode beside, JsonNode value, String place) {
        for (String keyword : beside.propertyNames()) {
            if (keyword.equals("type")) {
                if (types(beside, place).stream().noneMatch(t -> isOf(t, value))) {
                    return false;
                }
            } else if (!NOTES.contains(keyword) && !keyword.startsWith("x-")) {
                throw unsupported(place, keyword, "stands beside an enum or a const, which already says all");
            }
        }
        return true;
    }

    private static boolean isOf(String type, JsonNode value) {
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

    private Expression options(ObjectNode o, String keyword, String place, int depth) {
        if (!(o.get(keyword) instanceof ArrayNode list) || list.isEmpty()) {
            throw wrong(place, "has an '" + keyword + "' that is no list of schemas");
        }
        ObjectNode beside = without(o, keyword);
        NOTES.forEach(beside::remove);
        List<JsonNode> parts = new ArrayList<>();
        for (JsonNode part : list.values()) {
            parts.add(beside.isEmpty() ? part : joined(resolved(part, place), beside, place));
        }
        if (keyword.equals("oneOf")) {
            checkApart(parts, place);
        }
        List<Expression> out = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            out.add(schema(parts.get(i), place + "/" + keyword + "/" + i, depth + 1));
        }
        return new Expression.Choice(out);
    }

    private ObjectNode resolved(JsonNode schema, String place) {
        JsonNode s = schema;
        for (int i = 0; s.has("$ref") && i < MOST_DEPTH; i++) {
            s = s.size() == 1 ? find(s.get("$ref").asString(""), place) : s;
            if (s.has("$ref") && s.size() > 1) {
                break;
            }
        }
        if (!(s instanceof ObjectNode o) || o.has("$ref")) {
            throw unsupported(place, "$ref", "has keywords beside it that cannot be joined with what it names");
        }
        return o;
    }

    /** {@code oneOf} means exactly one: what is written for one of its schemas must not fit another. */
    private void checkApart(List<JsonNode> options, String place) {
        List<ObjectNode> parts = options.stream().map(o -> whole(o, place)).toList();
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
        List<JsonNode> x = values(a);
        List<JsonNode> y = values(b);
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
                    && apart(whole(p, place), whole(q, place), place, seen)) {
                return true;
            }
        }
        return false;
    }

    /** A schema with what its references and its {@code allOf} say. */
    private ObjectNode whole(JsonNode schema, String place) {
        ObjectNode o = resolved(schema, place);
        for (int i = 0; i < MOST_DEPTH && o.has("allOf"); i++) {
            o = resolved(merged(o, place), place);
        }
        return o;
    }

    private static Set<String> common(Set<String> a, Set<String> b) {
        Set<String> out = new LinkedHashSet<>(a);
        out.retainAll(b);
        return out;
    }

    /** Whether two values are equal; 1 and 1.0 are. */
    private static boolean same(JsonNode a, JsonNode b) {
        return a.equals((x, y) -> x.equals(y) || (x.isNumber() && y.isNumber() && equal(x, y)) ? 0 : 1, b);
    }

    private static boolean equal(JsonNode x, JsonNode y) {
        return x.decimalValue().compareTo(y.decimalValue()) == 0;
    }

    private static List<JsonNode> values(ObjectNode o) {
        return o.has("const")
                ? List.of(o.get("const"))
                : o.path("enum").valueStream().toList();
    }

    /** The types of what is written for a schema; integers are numbers. */
    private static Set<String> written(ObjectNode o, String place) {
        boolean more = OF_OTHERS.stream().anyMatch(o::has); // these may be about other types
        return o.has("type") || !more ? kinds(o, types(o, place)) : kinds(o, TYPES);
    }

    /** The types of what fits a schema: without {@code type} every one, as keywords are about values of their own type only. */
    private static Set<String> fitting(ObjectNode o, String place) {
        return kinds(o, o.has("type") ? types(o, place) : TYPES);
    }

    private static Set<String> kinds(ObjectNode o, List<String> types) {
        Set<String> out = new TreeSet<>();
        List<JsonNode> values = values(o);
        for (String type : values.isEmpty() ? types : List.<String>of()) {
            out.add(type.equals("integer") ? "number" : type);
        }
        for (JsonNode v : values) {
            TYPES.stream().filter(type -> isOf(type, v)).forEach(out::add);
        }
        return out;
    }

    /** What {@code type} says, or what the other keywords are about; else every type. */
    private static List<String> types(ObjectNode o, String place) {
        JsonNode type = o.get("type");
        if (type == null) {
            List<String> about = new ArrayList<>();
            addIf(about, o, OF_OBJECTS, "object");
            addIf(about, o, OF_ARRAYS, "array");
            addIf(about, o, OF_STRINGS, "string");
            addIf(about, o, OF_NUMBERS, "number");
            return about.isEmpty() ? TYPES : about;
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

    private static void addIf(List<String> about, ObjectNode o, Set<String> keywords, String type) {
        if (keywords.stream().anyMatch(o::has)) {
            about.add(type);
        }
    }

    private Expression typed(ObjectNode o, String place, int depth) {
        if (types(o, place).size() > 4 && !o.has("type")) {
            return json.value();
        }
        List<Expression> out = new ArrayList<>();
        for (String type : types(o, place)) {
            out.add(
                    switch (type) {
                        case "string" -> string(o, place);
                        case "number" -> NumberRules.of(o, false, place);
                        case "integer" -> NumberRules.of(o, true, place);
                        case "boolean" -> Expression.any(text("true"), text("false"));
                        case "null" -> text("null");
                        case "array" -> array(o, place, depth);
                        default -> object(o, place, depth);
                    });
        }
        return out.size() == 1 ? out.getFirst() : new Expression.Choice(out);
    }

    private Expression string(ObjectNode o, String place) {
        int least = count(o, "minLength", 0, place);
        int most = count(o, "maxLength", UNBOUNDED, place);
        check(least, most, "minLength", "maxLength", place);
        boolean lengths = least > 0 || most != UNBOUNDED;
        Expression inner = null;
        for (String keyword : List.of("pattern", "format")) {
            JsonNode value = o.get(keyword);
            if (value == null) {
                continue;
            }
            if (lengths || inner != null) {
                throw unsupported(place, keyword, "cannot be kept together with another keyword about the same string");
            }
            String text = value.asString("");
            inner = keyword.equals("pattern")
                    ? JsonRules.escaped(Regex.search(text))
                    : Regex.parse(Formats.regex(text, place));
        }
        if (inner == null) {
            inner = repeat(json.character(), least, most);
        }
        return all(text("\""), inner, text("\""));
    }

    private static int count(ObjectNode o, String keyword, int otherwise, String place) {
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

    private static void check(int least, int most, String lower, String upper, String place) {
        if (most != UNBOUNDED && least > most) {
            throw wrong(place, "allows nothing: '" + lower + "' is " + least + " and '" + upper + "' is " + most);
        }
    }

    private Expression array(ObjectNode o, String place, int depth) {
        List<Expression> first = new ArrayList<>();
        if (o.has("prefixItems") && !(o.get("prefixItems") instanceof ArrayNode)) {
            throw wrong(place, "has 'prefixItems' that are no list");
        }
        for (JsonNode item : o.path("prefixItems").values()) {
            first.add(rule(item, place + "/prefixItems/" + first.size(), depth));
        }
        int least = count(o, "minItems", 0, place);
        int most = count(o, "maxItems", UNBOUNDED, place);
        check(least, most, "minItems", "maxItems", place);
        JsonNode items = o.get("items");
        boolean closed = items != null && items.isBoolean() && !items.booleanValue();
        if (closed) {
            most = most == UNBOUNDED ? first.size() : Math.min(most, first.size());
            check(least, most, "minItems", "prefixItems", place);
        }
        if (first.isEmpty() && closed) {
            return json.array(Expression.EMPTY, 0, 0);
        }
        Expression item = items == null || closed ? json.value() : rule(items, place + "/items", depth);
        if (first.isEmpty()) {
            return json.array(item, least, most);
        }
        // item i, then a comma and what comes after it; from the last to the first
        int listed = most == UNBOUNDED ? first.size() : Math.min(most, first.size());
        int more = most == UNBOUNDED ? UNBOUNDED : most - listed;
        Expression rest = repeat(all(json.comma(), item), Math.max(0, least - listed), more);
        for (int i = listed - 1; i >= 0; i--) {
            Expression here = all(first.get(i), rest);
            Expression withComma = i == 0 ? here : all(json.comma(), here);
            rest = i < least ? withComma : optional(withComma);
        }
        return all(text("["), json.space(), rest, json.space(), text("]"));
    }

    /** A schema as a rule of its own, so that what repeats it does not repeat its nodes. */
    private Expression rule(JsonNode schema, String place, int depth) {
        Expression e = schema(schema, place, depth + 1);
        if (e instanceof Expression.Rule) {
            return e;
        }
        String name = "part" + numbers++;
        rules.put(name, e);
        return new Expression.Rule(name);
    }

    private static Set<String> required(ObjectNode o, String place) {
        Set<String> names = new LinkedHashSet<>();
        JsonNode required = o.get("required");
        if (required != null && !(required instanceof ArrayNode)) {
            throw wrong(place, "has 'required' that is no list of names");
        }
        o.path("required").forEach(n -> names.add(n.asString("")));
        return names;
    }

    private Expression object(ObjectNode o, String place, int depth) {
        JsonNode properties = o.get("properties");
        if (properties != null && !(properties instanceof ObjectNode)) {
            throw wrong(place, "has 'properties' that are no object");
        }
        Set<String> required = required(o, place);
        Map<String, JsonNode> named = new LinkedHashMap<>();
        if (properties instanceof ObjectNode p) {
            p.properties().forEach(e -> named.put(e.getKey(), e.getValue()));
        }
        JsonNode additional = o.get("additionalProperties");
        boolean closed = additional != null && additional.isBoolean() && !additional.booleanValue();
        for (String name : required) {
            if (!named.containsKey(name)) {
                if (closed) {
                    throw wrong(
                            place, "requires '" + name + "', which its properties do not have and it does not allow");
                }
                named.put(name, additional == null ? BooleanNode.TRUE : additional);
            }
        }
        Expression other = null;
        if (additional == null ? named.isEmpty() : !closed) {
            Expression value =
                    additional == null ? json.value() : rule(additional, place + "/additionalProperties", depth);
            Expression key = named.isEmpty() ? json.string() : OtherNames.than(named.keySet(), json);
            other = json.member(key, value);
        }
        return members(named, required, other, place, depth);
    }

    /** All members in the order of the schema, those that need not be may be left out. */
    private Expression members(
            Map<String, JsonNode> named, Set<String> required, @Nullable Expression other, String place, int depth) {
        List<String> names = new ArrayList<>(named.keySet());
        List<Expression> members = new ArrayList<>();
        for (String name : names) {
            Expression key = text(StringNode.valueOf(name).toString());
            members.add(json.member(
                    key, rule(Objects.requireNonNull(named.get(name)), place + "/properties/" + name, depth)));
        }
        // what comes after a member: rules that call each other, or their number would grow with the square
        Expression rest = other == null ? Expression.EMPTY : repeat(all(json.comma(), other), 0, UNBOUNDED);
        List<Expression> begins = new ArrayList<>();
        boolean mayBeEmpty = names.stream().noneMatch(required::contains);
        if (other != null) {
            begins.add(all(other, rest)); // where all named ones are left out
        }
        for (int i = names.size() - 1; i >= 0; i--) {
            String name = "rest" + numbers++;
            rules.put(name, rest);
            Expression after = new Expression.Rule(name);
            if (required.contains(names.get(i))) {
                begins.clear();
            }
            begins.add(all(members.get(i), after));
            Expression one = all(json.comma(), members.get(i));
            rest = all(required.contains(names.get(i)) ? one : optional(one), after);
        }
        Expression inner = begins.isEmpty() ? Expression.EMPTY : new Expression.Choice(begins.reversed());
        return json.object(List.of(), mayBeEmpty ? optional(inner) : inner);
    }
}
