package io.jandaia.cli;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.chat.Inputs;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The options of every command that writes a conversation with a chat template. */
final class TemplateOptions {

    @Option(
            names = "--template",
            paramLabel = "NAME|FILE",
            description =
                    "One of the model's templates, a built-in one (alpaca, chatml, dolly, llama2, vicuna) or a file.")
    @Nullable
    String template;

    @Option(
            names = "--template-kwargs",
            paramLabel = "JSON",
            description = "Further variables of the template: '{\"enable_thinking\": false}'.")
    @Nullable
    String variables;

    boolean given() {
        return template != null || variables != null;
    }

    /** An answer is to follow, with the variables that were given. */
    Inputs toInputs() {
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
        throw JandaiaException.usage("--template-kwargs is " + variables + "; expected a JSON object.");
    }
}
