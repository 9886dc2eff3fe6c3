package io.jandaia.model.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The official test suite of JSON Schema, 2020-12: what a grammar of a schema takes, read to the letter, is what the schema
 * says, and as it is usually meant it takes nothing that is invalid. The suite is not
 * part of this project: npm fetches it, once, or the environment variable {@code JSON_SCHEMA_SUITE} says where its folder is.
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
            "optional/format/ipv4",
            "optional/format/ipv6",
            "optional/format/hostname",
            "optional/ecmascript-regex",
            "optional/non-bmp-regex",
            "optional/bignum",
            "optional/float-overflow");

    /** What npm fetches; the names below are those of this version. */
    private static final String PACKAGE =
            "github:json-schema-org/JSON-Schema-Test-Suite#44401e0c046704b476ec9d2e2fccdaee618f259d";

    private static final Path FETCHED = Path.of("target", "json-schema-suite");

    /** Most ways in which the properties of an instance are ordered; a grammar knows one of them. */
    private static final int ORDERS = 5000;

    /** Valid instances that are never written, also {@linkplain SchemaReading#COMPLETE to the letter}, by file, group and test, under the reason. */
    private static final Map<String, List<String>> NEVER_WRITTEN = Map.of(
            "digits are bounded, and exponents are only where any number may be",
            List.of(
                    "const: float and integers are equal up to .*: float is valid",
                    "optional/float-overflow: all integers are multiples of 0.5, .*",
                    "optional/bignum: (integer|number): a (negative )?bignum is an? (integer|number)"),
            "\\s is white space of ASCII, without line tabulation",
            List.of("optional/ecmascript-regex: ECMA 262 \\\\s matches whitespace: .* matches.*"),
            "times have no leap seconds, at most nine digits of a second, and capital letters",
            List.of(
                    "optional/format/(date-)?time: .* leap second, .*",
                    "optional/format/(date-)?time: .*: .*case-insensitive.*",
                    "optional/format/date-time: .*: a second fraction of fifteen nines is valid"),
            "addresses of e-mail have usual characters and a host by name",
            List.of(
                    "optional/format/email: .*: tilde .* local part is valid",
                    "optional/format/email: .*: a quoted string .*",
                    "optional/format/email: .*: an IPv[46]-address-literal .*"),
            "URIs are of http, https or ftp with a host by name, of mailto or urn; hosts have short labels, without two hyphens "
                    + "together; IPv6 addresses have no IPv4 address in them",
            List.of(
                    "optional/format/uri: .*: a valid (URL|URL with many special characters|newsgroup URI|tel URI|puny-coded URL ?)",
                    "optional/format/hostname: validation of host names: (maximum label length|consecutive hyphens).*",
                    "optional/format/hostname: validation of A-label \\(punycode\\) host names: .*",
                    "optional/format/ipv6: .*: (mixed format .*|a long valid ipv6)"));

    private int groups;
    private int unwritten;
    private int refused;
    private int taken;
    private int takenUsually;
    private int rejected;
    private final List<String> wrong = new ArrayList<>();
    private final Set<String> needed = new HashSet<>();

    @Test
    void whatAGrammarTakesIsWhatTheSchemaSays() throws Exception {
        Optional<Path> suite = suite();
        assumeThat(suite).isPresent();
        Path tests = suite.orElseThrow().resolve("tests").resolve("draft2020-12");
        try (Model model = Model.open(Path.of("../models/starter"), LoadOptions.DEFAULT)) {
            Tokens tokens = new Tokens(TokenTree.of(model.tokenizer()));
            for (String keyword : KEYWORDS) {
                Path file = tests.resolve(keyword + ".json");
                assertThat(Files.exists(file)).as("%s", file).isTrue();
                JsonMapper.shared().readTree(file.toFile()).forEach(group -> check(keyword, group, tokens));
            }
        }
        System.out.println("JSON Schema suite: " + groups + " schemas, " + refused + " of them refused; " + taken
                + " valid instances taken (" + takenUsually + " as schemas are usually meant), " + rejected
                + " invalid ones rejected, " + unwritten
                + " valid ones are never written, " + wrong.size() + " wrong");
        assertThat(wrong).isEmpty();
        assertThat(needed)
                .as("exclusions that are needed")
                .containsExactlyInAnyOrderElementsOf(
                        NEVER_WRITTEN.values().stream().flatMap(List::stream).toList());
        assertThat(groups - refused).isGreaterThan(150);
        assertThat(taken).isGreaterThan(350);
        assertThat(rejected).isGreaterThan(475);
    }

    private static Optional<Path> suite() throws Exception {
        String place = System.getenv("JSON_SCHEMA_SUITE");
        if (place != null) {
            return Optional.of(Path.of(place));
        }
        Path folder = FETCHED.resolve("package");
        if (Files.isDirectory(folder)) {
            return Optional.of(folder);
        }
        Files.createDirectories(FETCHED);
        String why = failure("npm", "pack", "--silent", "--fetch-retries=0", "--fetch-timeout=10000", PACKAGE);
        if (why.isEmpty()) {
            why = failure("tar", "xzf", "json-schema-test-suite-0.1.0.tgz");
        }
        if (why.isEmpty()) {
            return Optional.of(folder);
        }
        System.out.println("NOT RUN: the official suite of JSON Schema; " + why
                + "; JSON_SCHEMA_SUITE may say where its folder is");
        return Optional.empty();
    }

    /** Runs a program where the suite is to be; why it failed, or nothing. */
    private static String failure(String... command) throws Exception {
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(FETCHED.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD);
            builder.environment().put("GIT_TERMINAL_PROMPT", "0");
            Process process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(1, TimeUnit.MINUTES)) {
                process.destroy();
                return command[0] + " has not ended within a minute";
            }
            return process.exitValue() == 0 ? "" : command[0] + " could not fetch it";
        } catch (IOException e) {
            return command[0] + " is not here";
        }
    }

    private void check(String keyword, JsonNode group, Tokens tokens) {
        groups++;
        String name = keyword + ": " + group.get("description").stringValue();
        Grammar grammar;
        Grammar usual;
        try {
            grammar = Grammar.jsonSchema(group.get("schema"), SchemaReading.COMPLETE);
            usual = Grammar.jsonSchema(group.get("schema"));
        } catch (JandaiaException e) {
            refused++;
            System.out.println("refused " + name + ": " + e.getMessage());
            return;
        }
        TokenAutomaton bytes = Bytes.automaton(grammar);
        TokenAutomaton usualBytes = Bytes.automaton(usual);
        TokenAutomaton automaton = new TokenAutomaton(grammar, tokens.tree);
        for (JsonNode test : group.get("tests")) {
            boolean valid = test.get("valid").booleanValue();
            List<String> texts = orders(test.get("data"));
            Optional<String> fitting =
                    texts.stream().filter(text -> Bytes.fits(bytes, text)).findFirst();
            boolean fits = fitting.isPresent();
            String called = name + ": " + test.get("description").stringValue();
            boolean usually = texts.stream().anyMatch(text -> Bytes.fits(usualBytes, text));
            takenUsually += usually ? 1 : 0;
            if (usually && !fits) {
                wrong.add("taken as it is usually meant: " + called);
            }
            if (tokens.fit(automaton, fitting.orElse(texts.getFirst())) != fits) {
                wrong.add("tokens are not as their bytes: " + called);
            } else if (valid && !fits && isExcluded(called)) {
                unwritten++;
            } else if (fits == valid) {
                taken += valid ? 1 : 0;
                rejected += valid ? 0 : 1;
            } else {
                wrong.add((valid ? "not taken: " : "taken: ") + called + ": " + test.get("data") + " by "
                        + group.get("schema"));
            }
        }
    }

    private boolean isExcluded(String called) {
        List<String> by = NEVER_WRITTEN.values().stream()
                .flatMap(List::stream)
                .filter(called::matches)
                .toList();
        needed.addAll(by);
        return !by.isEmpty();
    }

    /** A vocabulary, by the bytes of its tokens. */
    private static final class Tokens {
        private final TokenTree tree;
        private final Map<String, Integer> ids = new HashMap<>();

        Tokens(TokenTree tree) {
            this.tree = tree;
            for (int id = 0; id < tree.size; id++) {
                if (tree.texts[id].length > 0) {
                    ids.put(new String(tree.texts[id], StandardCharsets.ISO_8859_1), id);
                }
            }
        }

        /** Whether a text comes token by token, each the longest that it goes on with, through the masks. */
        boolean fit(TokenAutomaton a, String text) {
            String bytes = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
            TokenAutomaton.State state = a.start();
            for (int at = 0; at < bytes.length(); ) {
                int to = Math.min(bytes.length(), at + tree.longest);
                while (!ids.containsKey(bytes.substring(at, to))) {
                    to--;
                }
                int id = Objects.requireNonNull(ids.get(bytes.substring(at, to)));
                if ((a.mask(state)[id >> 6] >> (id & 63) & 1) == 0) {
                    return false;
                }
                state = Objects.requireNonNull(a.next(state, tree.texts[id]));
                at = to;
            }
            return state.accepts();
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
