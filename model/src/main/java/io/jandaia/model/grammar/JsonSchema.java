package io.jandaia.model.grammar;

import static io.jandaia.model.grammar.Expression.UNBOUNDED;
import static io.jandaia.model.grammar.Expression.all;
import static io.jandaia.model.grammar.Expression.optional;
import static io.jandaia.model.grammar.Expression.repeat;
import static io.jandaia.model.grammar.Expression.text;
import static io.jandaia.model.grammar.SchemaKeywords.NOTES;
import static io.jandaia.model.grammar.SchemaKeywords.count;
import static io.jandaia.model.grammar.SchemaKeywords.isOf;
import static io.jandaia.model.grammar.SchemaKeywords.required;
import static io.jandaia.model.grammar.SchemaKeywords.types;
import static io.jandaia.model.grammar.SchemaKeywords.unsupported;
import static io.jandaia.model.grammar.SchemaKeywords.without;
import static io.jandaia.model.grammar.SchemaKeywords.wrong;

import io.jandaia.error.JandaiaException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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

    private static final int MOST_BYTES = 256 << 10;

    private final JsonRules json = new JsonRules();
    private final Map<String, Expression> rules = new LinkedHashMap<>();
    private final SchemaReading reading;
    private final SchemaReferences references;
    /** Rule names of places that a {@code $ref} names. */
    private final Map<String, String> named = new HashMap<>();

    private int numbers;

    private JsonSchema(JsonNode root, SchemaReading reading) {
        this.reading = reading;
        references = new SchemaReferences(root);
    }

    static Map<String, Expression> rules(JsonNode schema, SchemaReading reading) {
        if (schema.toString().length() > MOST_BYTES) {
            throw JandaiaException.unsupported(
                    "The JSON schema has more than " + MOST_BYTES + " characters, which is the limit.");
        }
        checkNumbers(schema);
        JsonNode root = SchemaAddresses.resolved(schema);
        JsonSchema s = new JsonSchema(root, reading);
        s.rules.put(ROOT, s.schema(root, "#", 0));
        Map<String, Expression> all = s.json.with("json.end", Expression.EMPTY);
        all.putAll(s.rules);
        return all;
    }

    private static void checkNumbers(JsonNode node) {
        if (node instanceof NumericNode n && n.isNaN()) {
            throw JandaiaException.usage("The JSON schema has a number that is too large.");
        }
        node.forEach(JsonSchema::checkNumbers);
    }

    private Expression schema(JsonNode schema, String place, int depth) {
        if (depth > SchemaReferences.MOST_DEPTH) {
            throw wrong(
                    place,
                    "has more than " + SchemaReferences.MOST_DEPTH
                            + " schemas in each other; name them in $defs and refer to them");
        }
        if (schema.isBoolean()) {
            return schema.booleanValue() ? json.value() : Expression.NOTHING;
        }
        if (!(schema instanceof ObjectNode o)) {
            throw wrong(place, "is neither an object nor a boolean");
        }
        SchemaKeywords.check(o, place);
        if (o.has("$ref")) {
            return reference(o, place, depth);
        }
        if (o.has("allOf")) {
            return schema(references.merged(o, place), place, depth + 1);
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

    private Expression reference(ObjectNode o, String place, int depth) {
        String target = o.path("$ref").asString("");
        ObjectNode rest = without(o, "$ref");
        NOTES.forEach(rest::remove);
        JsonNode found = references.find(target, place);
        if (!rest.isEmpty()) {
            if (!(found instanceof ObjectNode there)) {
                throw unsupported(place, "$ref", "has keywords beside it that cannot be joined with what it names");
            }
            return schema(JoinedSchemas.of(there, rest, place), place, depth + 1);
        }
        String name = named.get(target);
        if (name == null) {
            name = "ref" + named.size();
            named.put(target, name);
            rules.put(name, Expression.EMPTY); // keeps its place: it may refer to itself
            rules.put(name, schema(found, target, 0));
        }
        return new Expression.Rule(name);
    }

    private Expression literals(List<JsonNode> values, ObjectNode beside, String place) {
        List<Expression> out = new ArrayList<>();
        for (JsonNode value : values) {
            if (allows(beside, value, place)) {
                out.add(reading == SchemaReading.COMPLETE ? JsonLiterals.anyForm(value) : text(value.toString()));
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
                if (types(beside, SchemaReading.USUAL, place).stream().noneMatch(t -> isOf(t, value))) {
                    return false;
                }
            } else if (!NOTES.contains(keyword) && !keyword.startsWith("x-")) {
                throw unsupported(place, keyword, "stands beside an enum or a const, which already says all");
            }
        }
        return true;
    }

    private Expression options(ObjectNode o, String keyword, String place, int depth) {
        if (!(o.get(keyword) instanceof ArrayNode list) || list.isEmpty()) {
            throw wrong(place, "has an '" + keyword + "' that is no list of schemas");
        }
        ObjectNode beside = without(o, keyword);
        NOTES.forEach(beside::remove);
        List<JsonNode> parts = new ArrayList<>();
        for (JsonNode part : list.values()) {
            if (part.isBoolean()) {
                if (part.booleanValue()) {
                    parts.add(beside);
                }
            } else {
                parts.add(beside.isEmpty() ? part : JoinedSchemas.of(references.resolved(part, place), beside, place));
            }
        }
        if (keyword.equals("oneOf")) {
            new DisjointSchemas(references, reading).check(parts, place);
        }
        List<Expression> out = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            out.add(schema(parts.get(i), place + "/" + keyword + "/" + i, depth + 1));
        }
        return new Expression.Choice(out);
    }

    private Expression typed(ObjectNode o, String place, int depth) {
        if (!o.has("type") && SchemaKeywords.about(o).isEmpty()) {
            return json.value();
        }
        List<Expression> out = new ArrayList<>();
        for (String type : types(o, reading, place)) {
            out.add(
                    switch (type) {
                        case "string" -> StringRules.of(o, place).json(json);
                        case "number" -> NumberRules.of(o, false, reading, place);
                        case "integer" -> NumberRules.of(o, true, reading, place);
                        case "boolean" -> Expression.any(text("true"), text("false"));
                        case "null" -> text("null");
                        case "array" -> array(o, place, depth);
                        default -> object(o, place, depth);
                    });
        }
        return out.size() == 1 ? out.getFirst() : new Expression.Choice(out);
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
        SchemaKeywords.check(least, most, "minItems", "maxItems", place);
        JsonNode items = o.get("items");
        boolean closed = items != null && items.isBoolean() && !items.booleanValue();
        if (closed) {
            most = most == UNBOUNDED ? first.size() : Math.min(most, first.size());
            SchemaKeywords.check(least, most, "minItems", "prefixItems", place);
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
        if (additional == null && reading == SchemaReading.COMPLETE) {
            additional = BooleanNode.TRUE;
        }
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
