package io.jandaia.server.openai;

import io.jandaia.model.Dialogue;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.Model;
import io.jandaia.model.answer.ToolUse;
import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import io.jandaia.model.engine.Generation;
import io.jandaia.model.grammar.Grammar;
import io.jandaia.model.grammar.SchemaReading;
import io.jandaia.server.ApiException;
import io.jandaia.server.Endpoint;
import io.jandaia.server.Exchange;
import io.jandaia.server.Fields;
import io.jandaia.server.GenerationFields;
import io.jandaia.server.GrammarFields;
import io.jandaia.server.Models;
import io.jandaia.server.ReasoningFields;
import io.jandaia.server.ToolFields;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /v1/responses}. Nothing is kept: each request brings its whole conversation. */
final class Responses implements Endpoint {

    /** What needs a memory of the server's, by field. */
    private static final Map<String, String> KEPT = Map.of(
            "previous_response_id", "an earlier response",
            "conversation", "a conversation that is kept",
            "prompt", "a prompt that is kept",
            "background", "an answer that is fetched later");

    private static final String LOG_PROBS = "message.output_text.logprobs";

    private final Models models;

    Responses(Models models) {
        this.models = models;
    }

    @Override
    public void answer(Exchange x) throws IOException {
        Fields f = x.fields();
        Models.Entry entry = x.find(models, f.text("model"));
        Model model = entry.open(x);
        KEPT.forEach((name, what) -> refuse(f, name, what));
        List<Message> messages = entry.preset().messages(ResponseInput.messages(f));
        GenerateOptions options =
                entry.preset().options(GenerationFields.read(f)).handling(x.handling(f));
        Integer limit = f.whole("max_output_tokens");
        if (limit != null) {
            options = options.maxTokens(limit);
        }
        Grammar form = form(f.object("text"));
        if (form != null) {
            options = options.grammar(form);
        }
        int top = f.whole("top_logprobs", 0, 0, 20);
        if (f.lists("include", LOG_PROBS) || top > 0) {
            options = options.logProbs(top);
        }
        String truncation = f.text("truncation");
        if (truncation != null && !truncation.equals("disabled")) {
            throw ApiException.unsupported(
                    "truncation",
                    "The field 'truncation' is '" + truncation + "'; nothing is ever cut: expected disabled.");
        }
        boolean stream = f.flag("stream", false);
        ToolUse tools = ToolFields.read(f);
        ReasoningFields reasoning = ReasoningFields.read(f, Inputs.NONE.generate(true));
        ObjectNode echo = Exchange.object();
        for (String name : List.of(
                "instructions", "max_output_tokens", "temperature", "top_p", "tool_choice", "metadata", "user")) {
            echo.set(name, f.get(name));
        }
        echo.set("tools", f.get("tools"));
        x.complete(f);

        Dialogue dialogue = model.dialogue(messages, reasoning.inputs(), tools, options, reasoning.tokens());
        x.unchecked(dialogue.unchecked());
        Generation generation = x.work(entry.name()).start(model, dialogue.prompt(), dialogue.options());
        ResponseAnswer answer = new ResponseAnswer(x, entry.name(), model.tokenizer(), echo, tools.parallel());
        if (stream) {
            answer.stream(generation, dialogue);
        } else {
            answer.whole(generation, dialogue);
        }
    }

    private static void refuse(Fields f, String name, String what) {
        JsonNode value = f.get(name);
        if (value != null && !(value.isBoolean() && !value.booleanValue())) {
            throw ApiException.unsupported(
                    name,
                    "The field '" + name + "' asks for " + what
                            + "; this server keeps none. Send the whole conversation in 'input'.");
        }
    }

    /** What the text must be. */
    private static @Nullable Grammar form(@Nullable Fields text) {
        Fields format = text == null ? null : text.object("format");
        if (format == null) {
            return null;
        }
        String type = format.needText("type");
        return switch (type) {
            case "text" -> null;
            case "json_object" -> Grammar.json();
            case "json_schema" -> {
                format.text("name");
                format.text("description");
                SchemaReading reading = GrammarFields.reading(format);
                JsonNode schema = format.get("schema");
                if (schema == null) {
                    throw format.absent("schema", "a JSON schema");
                }
                yield Grammar.jsonSchema(schema, reading);
            }
            default ->
                throw ApiException.field(
                        "text.format.type",
                        "The field 'text.format.type' is '" + type + "'; expected text, json_object or json_schema.");
        };
    }
}
