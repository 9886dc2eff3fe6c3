package io.jandaia.model.grammar;

import java.util.List;
import java.util.SplittableRandom;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Schemas, values, regular expressions and GBNF grammars by chance; small, so that they often contradict themselves or meet. */
final class RandomGrammars {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final List<String> TYPES =
            List.of("string", "integer", "number", "boolean", "null", "array", "object");
    private static final List<String> NAMES = List.of("a", "b", "c");
    private static final int DEPTH = 3;

    private final SplittableRandom random;

    RandomGrammars(long seed) {
        random = new SplittableRandom(seed);
    }

    private int below(int n) {
        return random.nextInt(n);
    }

    private boolean oneIn(int n) {
        return below(n) == 0;
    }

    private String one(String... of) {
        return of[below(of.length)];
    }

    private String type() {
        return TYPES.get(below(TYPES.size()));
    }

    JsonNode value(int depth) {
        return switch (below(depth > 1 ? 5 : 7)) {
            case 0 -> NODES.stringNode(one("", "a", "b", "ab", "abc"));
            case 1 -> NODES.numberNode(below(7) - 2);
            case 2 -> NODES.numberNode((below(13) - 4) / 2.0);
            case 3 -> NODES.booleanNode(oneIn(2));
            case 4 -> NODES.nullNode();
            case 5 -> {
                ArrayNode a = NODES.arrayNode();
                for (int n = below(3); n > 0; n--) {
                    a.add(value(depth + 1));
                }
                yield a;
            }
            default -> {
                ObjectNode o = NODES.objectNode();
                NAMES.stream().filter(name -> oneIn(3)).forEach(name -> o.set(name, value(depth + 1)));
                yield o;
            }
        };
    }

    JsonNode schema() {
        JsonNode schema = schema(0);
        if (schema instanceof ObjectNode o && o.toString().contains("$defs")) {
            ObjectNode named = o.putObject("$defs");
            named.set("x", schema(1));
            named.set("y", schema(1));
        }
        return schema;
    }

    private JsonNode schema(int depth) {
        if (oneIn(25)) {
            return NODES.booleanNode(!oneIn(4));
        }
        ObjectNode o = NODES.objectNode();
        if (!oneIn(3)) {
            if (oneIn(8)) {
                o.putArray("type").add(type()).add(type());
            } else {
                o.put("type", type());
            }
        }
        switch (below(10)) {
            case 0 -> o.set("const", value(0));
            case 1 -> {
                ArrayNode values = o.putArray("enum");
                for (int n = below(3); n >= 0; n--) {
                    values.add(value(0));
                }
            }
            default -> addKeywords(o, depth);
        }
        return o;
    }

    private void addKeywords(ObjectNode o, int depth) {
        if (depth > 0 && oneIn(9)) {
            o.put("$ref", one("#/$defs/x", "#/$defs/y", "#"));
        }
        if (depth < DEPTH && oneIn(3)) {
            ArrayNode parts = o.putArray(one("anyOf", "oneOf", "allOf"));
            for (int n = below(3); n >= 0; n--) {
                parts.add(schema(depth + 1));
            }
        }
        String about = o.path("type").asString(type());
        for (int n = below(4); n > 0; n--) {
            switch (oneIn(8) ? "object" : about) {
                case "string" -> addToString(o);
                case "integer", "number" -> addToNumber(o);
                case "array" -> addToArray(o, depth);
                case "object" -> addToObject(o, depth);
                default -> {}
            }
        }
    }

    private void addToString(ObjectNode o) {
        switch (below(3)) {
            case 0 -> o.put("minLength", below(3));
            case 1 -> o.put("maxLength", 1 + below(3));
            default -> o.put("pattern", one("^a", "b$", "^[ab]*$", "c"));
        }
    }

    private void addToNumber(ObjectNode o) {
        switch (below(5)) {
            case 0 -> o.put("minimum", below(4) - 2);
            case 1 -> o.put("maximum", 1 + below(4));
            case 2 -> o.put("exclusiveMinimum", (below(7) - 4) / 2.0);
            case 3 -> o.put("exclusiveMaximum", (below(7) + 2) / 2.0);
            default -> o.put("multipleOf", 1 + below(3));
        }
    }

    private void addToArray(ObjectNode o, int depth) {
        switch (below(depth < DEPTH ? 4 : 2)) {
            case 0 -> o.put("minItems", below(3));
            case 1 -> o.put("maxItems", below(4));
            case 2 -> o.set("items", schema(depth + 1));
            default -> {
                ArrayNode first = o.putArray("prefixItems");
                for (int n = below(2); n >= 0; n--) {
                    first.add(schema(depth + 1));
                }
            }
        }
    }

    private void addToObject(ObjectNode o, int depth) {
        switch (below(depth < DEPTH ? 4 : 1)) {
            case 0 -> {
                ArrayNode names = o.putArray("required");
                NAMES.stream().filter(name -> oneIn(3)).forEach(names::add);
            }
            case 1 -> o.set("additionalProperties", oneIn(2) ? NODES.booleanNode(oneIn(3)) : schema(depth + 1));
            default -> {
                ObjectNode all = o.putObject("properties");
                NAMES.stream().filter(name -> oneIn(2)).forEach(name -> all.set(name, schema(depth + 1)));
            }
        }
    }

    String regex() {
        return regex(0);
    }

    private String regex(int depth) {
        return switch (below(depth < DEPTH ? 8 : 4)) {
            case 0 -> one("the", "é", "日本", " ", "\\n", "x");
            case 1 -> one("[a-f]", "[^a-z]", "[à-ÿ0-9]", "\\d", "\\w", "\\s", ".");
            case 2 -> one("[A-Z]{2,5}", "\\d{1,3}", "\\w+", ".*");
            case 3 -> one("[\\x00-\\x7f]", "😀?", "\\.", "a|b");
            case 4 -> "(" + regex(depth + 1) + "|" + regex(depth + 1) + ")";
            case 5 -> "(" + regex(depth + 1) + ")" + one("*", "+", "?", "{0,3}", "{2}");
            default -> "(" + regex(depth + 1) + ")(" + regex(depth + 1) + ")";
        };
    }

    /** Of three rules, each of which may use those after it and, behind a character, itself. */
    String gbnf() {
        return "root ::= " + alternatives("one", "root") + "\none ::= " + alternatives("two", "one") + "\ntwo ::= "
                + alternatives("[a-z]", "two") + "\n";
    }

    private String alternatives(String next, String self) {
        String out = next;
        for (int n = below(3); n >= 0; n--) {
            out += " | "
                    + switch (below(5)) {
                        case 0 -> "\"(\" " + self + " \")\"";
                        case 1 -> next + " (\", \" " + next + ")*";
                        case 2 -> "[^a-z\\n] " + next + one("?", "*", "+", "");
                        case 3 -> "\"" + one("yes", "é", "日本", "\\n") + "\" " + next + "?";
                        default -> next + " " + next;
                    };
        }
        return out;
    }
}
