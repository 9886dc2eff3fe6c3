package io.jandaia.server;

import io.jandaia.model.grammar.Grammar;
import io.jandaia.model.grammar.SchemaReading;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an answer must be, as requests say it: OpenAI's {@code response_format}, vLLM's {@code structured_outputs} and the
 * older {@code guided_...}, llama.cpp's {@code json_schema} and {@code grammar}. One of them at most.
 */
public final class GrammarFields {
    private GrammarFields() {}

    static @Nullable Grammar read(Fields f) {
        List<Grammar> all = new ArrayList<>();
        responseFormat(f, all);
        Fields structured = f.object("structured_outputs");
        if (structured != null) {
            one(structured, "json", "regex", "choice", "grammar", reading(structured), all);
            if (structured.flag("json_object", false)) {
                all.add(Grammar.json());
            }
        }
        one(f, "guided_json", "guided_regex", "guided_choice", "guided_grammar", SchemaReading.USUAL, all);
        one(f, "json_schema", "regex", "choice", "grammar", SchemaReading.USUAL, all);
        if (all.size() > 1) {
            throw ApiException.field(
                    "response_format",
                    "The request says " + all.size() + " times what the answer must be; expected one.");
        }
        return all.isEmpty() ? null : all.getFirst();
    }

    private static void responseFormat(Fields f, List<Grammar> all) {
        Fields format = f.object("response_format");
        if (format == null) {
            return;
        }
        String type = format.needText("type");
        switch (type) {
            case "text" -> {}
            case "json_object" -> {
                JsonNode schema = format.get("schema"); // llama.cpp's place for one
                all.add(schema == null ? Grammar.json() : Grammar.jsonSchema(schema));
            }
            case "json_schema" -> {
                Fields named = format.object("json_schema");
                if (named == null) {
                    throw format.absent("json_schema", "an object with a schema");
                }
                named.text("name");
                named.text("description");
                SchemaReading reading = reading(named);
                JsonNode schema = named.get("schema");
                all.add(schema == null ? Grammar.json() : Grammar.jsonSchema(schema, reading));
            }
            default ->
                throw ApiException.field(
                        "response_format.type",
                        "The field 'response_format.type' is '" + type
                                + "'; expected text, json_object or json_schema.");
        }
    }

    /** {@code strict: false} lets all that a schema does not forbid come. */
    public static SchemaReading reading(Fields f) {
        return f.flag("strict", true) ? SchemaReading.USUAL : SchemaReading.COMPLETE;
    }

    private static void one(
            Fields f,
            String json,
            String regex,
            String choice,
            String grammar,
            SchemaReading reading,
            List<Grammar> all) {
        JsonNode schema = f.get(json);
        if (schema != null) {
            if (!(schema instanceof ObjectNode) && !schema.isBoolean()) {
                throw f.wrong(json, schema, "a JSON schema");
            }
            all.add(Grammar.jsonSchema(schema, reading));
        }
        String pattern = f.text(regex);
        if (pattern != null) {
            all.add(Grammar.regex(pattern));
        }
        List<String> choices = f.texts(choice);
        if (!choices.isEmpty()) {
            all.add(Grammar.choice(choices));
        }
        String rules = f.text(grammar);
        if (rules != null && !rules.isEmpty()) {
            all.add(Grammar.gbnf(rules));
        }
    }
}
