package io.jandaia.model.grammar;

import io.jandaia.error.JandaiaException;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * What an answer must be: all of it, from its first byte to its last. Immutable; two are equal when they were made of the
 * same. One may be used for any number of answers at once, and what was found out about a vocabulary is shared by them.
 */
public final class Grammar {

    private final String source;
    private final Map<String, Expression> rules;
    private final String root;
    private final RuleGraph graph;

    Grammar(String source, Map<String, Expression> rules, String root) {
        this.source = source;
        this.rules = rules;
        this.root = root;
        this.graph = RuleGraph.of(rules, root);
    }

    /**
     * Texts that a regular expression matches as a whole: characters, classes, groups, alternatives and repetitions.
     *
     * @throws JandaiaException USAGE for what is none, UNSUPPORTED for look-around, back references and word boundaries
     */
    public static Grammar regex(String pattern) {
        return new Grammar("regex:" + pattern, Map.of("root", Regex.parse(pattern)), "root");
    }

    /**
     * A grammar as llama.cpp writes them; its rule {@code root} is what an answer must be.
     *
     * @throws JandaiaException USAGE, with the line
     */
    public static Grammar gbnf(String text) {
        return new Grammar("gbnf:" + text, Gbnf.parse(text), "root");
    }

    /** One of these texts. */
    public static Grammar choice(List<String> texts) {
        if (texts.isEmpty()) {
            throw JandaiaException.usage("The list of choices is empty; expected at least one text.");
        }
        Expression any =
                new Expression.Choice(texts.stream().map(Expression::text).toList());
        return new Grammar("choice:" + texts, Map.of("root", any), "root");
    }

    /** Any JSON object. */
    public static Grammar json() {
        JsonRules rules = new JsonRules();
        return new Grammar("json", rules.with("root", rules.anyObject()), "root");
    }

    /** JSON that a schema allows, {@linkplain SchemaReading#USUAL as it is usually meant}. */
    public static Grammar jsonSchema(JsonNode schema) {
        return jsonSchema(schema, SchemaReading.USUAL);
    }

    /**
     * JSON that a schema allows.
     *
     * @throws JandaiaException USAGE when the schema contradicts itself, UNSUPPORTED naming a keyword that cannot be guaranteed
     */
    public static Grammar jsonSchema(JsonNode schema, SchemaReading reading) {
        return new Grammar("schema:" + reading + ":" + schema, JsonSchema.rules(schema, reading), JsonSchema.ROOT);
    }

    /**
     * Adds the rules to others, under names that begin with {@code prefix}.
     *
     * @return what stands for the grammar there
     */
    Expression addTo(Map<String, Expression> others, String prefix) {
        rules.forEach((name, e) -> others.put(prefix + name, Expression.renamed(e, n -> prefix + n)));
        return new Expression.Rule(prefix + root);
    }

    RuleGraph graph() {
        return graph;
    }

    /** What it was made of. */
    @Override
    public String toString() {
        return source;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Grammar g && g.source.equals(source);
    }

    @Override
    public int hashCode() {
        return source.hashCode();
    }
}
