package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.error.JandaiaException;
import io.jandaia.model.grammar.Grammar;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

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
            return Grammar.jsonSchema(json(schema, texts));
        }
        if (grammar != null) {
            return Grammar.gbnf(read(grammar, texts));
        }
        if (regex != null) {
            return Grammar.regex(regex);
        }
        return choices.isEmpty() ? null : Grammar.choice(choices);
    }

    private static String read(Path file, Texts texts) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw new JandaiaException(JandaiaException.Kind.USAGE, texts.get("file.none", file), e);
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.USAGE, texts.get("file.unreadable", file, String.valueOf(e.getMessage())), e);
        }
    }

    private static JsonNode json(Path file, Texts texts) {
        try {
            return JsonMapper.shared().readTree(read(file, texts));
        } catch (JacksonException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.USAGE,
                    texts.get("file.json", file, String.valueOf(e.getOriginalMessage())),
                    e);
        }
    }
}
