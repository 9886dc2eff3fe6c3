package io.jandaia.server.openai;

import io.jandaia.model.Model;
import io.jandaia.model.TextTokens;
import io.jandaia.server.ApiException;
import io.jandaia.server.Fields;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The texts of a request, and how the model reads them.
 *
 * @param tokens of each
 * @param notes a sentence for each that was cut
 */
record TextInputs(List<Input> inputs, List<TextTokens> tokens, List<String> notes) {

    /** As many as in OpenAI's API. */
    private static final int MOST = 2048;

    /** One of them: a text, or token ids. */
    private record Input(@Nullable String text, @Nullable TextTokens ids) {}

    /**
     * Reads {@code input} and {@code truncate}.
     *
     * @throws ApiException 400 when there is none, or when there are too many
     */
    static TextInputs read(Fields f, Model model) {
        List<Input> inputs =
                Prompts.read(f, "input", text -> new Input(text, null), ids -> new Input(null, TextTokens.of(ids)));
        if (inputs.size() > MOST) {
            throw ApiException.field(
                    "input", "The request has " + inputs.size() + " texts; the limit is " + MOST + ". Send several.");
        }
        boolean truncate = f.flag("truncate", false);
        List<String> notes = new ArrayList<>();
        List<TextTokens> tokens = new ArrayList<>();
        for (Input input : inputs) {
            TextTokens t = input.ids != null ? input.ids : model.tokens(String.valueOf(input.text));
            tokens.add(truncate ? model.cut(t, "Text " + (tokens.size() + 1), notes) : t);
        }
        return new TextInputs(inputs, tokens, notes);
    }

    int size() {
        return inputs.size();
    }

    /** Null for token ids. */
    @Nullable
    String text(int i) {
        return inputs.get(i).text;
    }

    int read() {
        return tokens.stream().mapToInt(TextTokens::size).sum();
    }

    /** Says in an answer what was cut and how much was read. */
    ObjectNode addTo(ObjectNode json) {
        return add(json, notes, read());
    }

    /** The same of any texts. */
    static ObjectNode add(ObjectNode json, List<String> notes, int tokens) {
        if (!notes.isEmpty()) {
            json.putPOJO("notes", notes);
        }
        json.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
        return json;
    }
}
