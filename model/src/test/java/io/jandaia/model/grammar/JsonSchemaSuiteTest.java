package io.jandaia.model.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.jandaia.error.JandaiaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The official test suite of JSON Schema, 2020-12: what a grammar of a schema takes is what the schema says. The suite is not
 * part of this project; the environment variable {@code JSON_SCHEMA_SUITE} says where its folder is.
 */
class JsonSchemaSuiteTest {

    private static final List<String> KEYWORDS = List.of(
            "type",
            "enum",
            "const",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "prefixItems",
            "minItems",
            "maxItems",
            "minLength",
            "maxLength",
            "pattern",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "anyOf",
            "oneOf",
            "allOf",
            "ref",
            "defs",
            "boolean_schema",
            "infinite-loop-detection",
            "optional/format/date",
            "optional/format/date-time",
            "optional/format/time",
            "optional/format/email",
            "optional/format/uuid",
            "optional/format/uri",
            "optional/format/ipv4");

    /** Most ways in which the properties of an instance are ordered; a grammar knows one of them. */
    private static final int ORDERS = 5000;

    /** Valid instances that are promised to nobody (docs/SERVING.md): by the group of the suite, or by what they hold. */
    private static final Map<String, String> NARROWER = Map.of(
            "additionalProperties are allowed by default", "members that no keyword allows by name do not come",
            "root pointer ref", "a schema that refers to itself is of the type its keywords are about",
            "anyOf complex types", "members that no keyword allows by name do not come");

    private int groups;
    private int narrower;
    private int refused;
    private int taken;
    private int rejected;
    private final List<String> wrong = new ArrayList<>();

    @Test
    void whatAGrammarTakesIsWhatTheSchemaSays() {
        String place = System.getenv("JSON_SCHEMA_SUITE");
        if (place == null) {
            System.out.println("NOT RUN: the official suite of JSON Schema; set JSON_SCHEMA_SUITE to its folder");
        }
        assumeThat(place).isNotNull();
        Path tests = Path.of(String.valueOf(place), "tests", "draft2020-12");
        for (String keyword : KEYWORDS) {
            Path file = tests.resolve(keyword + ".json");
            assertThat(Files.exists(file)).as("%s", file).isTrue();
            JsonMapper.shared().readTree(file.toFile()).forEach(group -> check(keyword, group));
        }
        System.out.println("JSON Schema suite: " + groups + " schemas, " + refused + " of them refused; " + taken
                + " valid instances taken, " + rejected + " invalid ones rejected, " + narrower
                + " valid ones are never written, " + wrong.size()
                + " wrong");
        wrong.forEach(System.out::println);
        assertThat(wrong).isEmpty();
        assertThat(taken).isGreaterThan(200);
        assertThat(rejected).isGreaterThan(380);
    }

    private static boolean narrower(String keyword, JsonNode group, JsonNode data) {
        JsonNode schema = group.get("schema");
        boolean typed = schema.has("type") || schema.has("enum") || schema.has("const");
        return NARROWER.containsKey(group.get("description").stringValue())
                || (!typed && !keyword.endsWith("Of") && !keyword.equals("ref")) // the type is that of its keywords
                || keyword.startsWith("optional/format") // formats have their usual forms only
                || data.toString().matches(".*\\d(\\.0|E).*") // numbers are written in one way
                || schema.toString().contains("-2.0");
    }

    private void check(String keyword, JsonNode group) {
        groups++;
        TokenAutomaton automaton;
        try {
            automaton = Bytes.automaton(Grammar.jsonSchema(group.get("schema")));
        } catch (JandaiaException e) {
            refused++;
            System.out.println(
                    "refused " + keyword + ": " + group.get("description").stringValue() + ": " + e.getMessage());
            return;
        }
        for (JsonNode test : group.get("tests")) {
            boolean valid = test.get("valid").booleanValue();
            boolean fits = orders(test.get("data")).stream().anyMatch(text -> Bytes.fits(automaton, text));
            if (valid && !fits && narrower(keyword, group, test.get("data"))) {
                narrower++;
            } else if (fits == valid) {
                taken += valid ? 1 : 0;
                rejected += valid ? 0 : 1;
            } else {
                wrong.add((valid ? "not taken: " : "taken: ") + keyword + ": "
                        + group.get("description").stringValue() + ": " + test.get("data") + " by "
                        + group.get("schema"));
            }
        }
    }

    /** An instance as text, with its properties in every order. */
    private static List<String> orders(JsonNode node) {
        return variants(node).stream().limit(ORDERS).map(JsonNode::toString).toList();
    }

    private static List<JsonNode> variants(JsonNode node) {
        if (node.isArray()) {
            List<JsonNode> all = List.of(JsonNodeFactory.instance.arrayNode());
            for (JsonNode element : node) {
                List<JsonNode> longer = new ArrayList<>();
                for (JsonNode so : all) {
                    variants(element)
                            .forEach(v -> longer.add(((ArrayNode) so).deepCopy().add(v)));
                }
                all = longer;
            }
            return all;
        }
        if (node.isObject()) {
            List<JsonNode> all = new ArrayList<>();
            permute(List.copyOf(node.properties()), JsonNodeFactory.instance.objectNode(), all);
            return all;
        }
        return List.of(node);
    }

    private static void permute(List<Map.Entry<String, JsonNode>> left, ObjectNode so, List<JsonNode> all) {
        if (left.isEmpty()) {
            all.add(so);
        }
        for (Map.Entry<String, JsonNode> next : left) {
            List<Map.Entry<String, JsonNode>> rest = new ArrayList<>(left);
            rest.remove(next);
            for (JsonNode value : variants(next.getValue())) {
                ObjectNode longer = so.deepCopy();
                longer.set(next.getKey(), value);
                permute(rest, longer, all);
                if (all.size() > ORDERS) {
                    return;
                }
            }
        }
    }
}
