package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.model.grammar.Grammar;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What the answer must be; at most one of these. */
final class FormOptions {

    @Option(names = "--json-schema", paramLabel = "FILE")
    @Nullable
    Path schema;

    @Option(names = "--grammar", paramLabel = "FILE")
    @Nullable
    Path grammar;

    @Option(names = "--regex", paramLabel = "PATTERN")
    @Nullable
    String regex;

    @Option(names = "--choice", paramLabel = "TEXT")
    List<String> choices = List.of();

    /** Null when the answer may be anything. */
    @Nullable
    Grammar grammar(Texts texts) {
        int given = (schema == null ? 0 : 1)
                + (grammar == null ? 0 : 1)
                + (regex == null ? 0 : 1)
                + (choices.isEmpty() ? 0 : 1);
        if (given > 1) {
            throw texts.usage("form.several");
        }
        if (schema != null) {
            return Grammar.jsonSchema(InputFile.json(schema, texts));
        }
        if (grammar != null) {
            return Grammar.gbnf(InputFile.text(grammar, texts));
        }
        if (regex != null) {
            return Grammar.regex(regex);
        }
        return choices.isEmpty() ? null : Grammar.choice(choices);
    }

    /** Says the same in a request to a server. */
    void addTo(ObjectNode request, Texts texts) {
        if (grammar(texts) == null) {
            return;
        }
        if (schema != null) {
            request.putObject("response_format")
                    .put("type", "json_schema")
                    .putObject("json_schema")
                    .put("name", "answer")
                    .put("strict", true)
                    .set("schema", InputFile.json(schema, texts));
        } else if (grammar != null) {
            request.put("guided_grammar", InputFile.text(grammar, texts));
        } else if (regex != null) {
            request.put("guided_regex", regex);
        } else {
            request.set("guided_choice", JsonMapper.shared().valueToTree(choices));
        }
    }
}
