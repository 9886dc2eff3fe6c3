package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.model.chat.Inputs;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The options of every command that writes a conversation with a chat template. */
final class TemplateOptions {

    @Option(names = "--template", paramLabel = "NAME|FILE")
    @Nullable
    String template;

    @Option(names = "--template-kwargs", paramLabel = "JSON")
    @Nullable
    String variables;

    boolean given() {
        return template != null || variables != null;
    }

    /** An answer is to follow, with the variables that were given. */
    Inputs toInputs(Texts texts) {
        Inputs inputs = Inputs.NONE.generate(true);
        if (variables == null) {
            return inputs;
        }
        try {
            JsonNode json = JsonMapper.shared().readTree(variables);
            if (json.isObject()) {
                for (var entry : json.properties()) {
                    inputs =
                            inputs.set(entry.getKey(), JsonMapper.shared().treeToValue(entry.getValue(), Object.class));
                }
                return inputs;
            }
        } catch (JacksonException e) {
            // said below
        }
        throw texts.usage("template.variables", variables);
    }
}
