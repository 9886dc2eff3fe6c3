package io.jandaia.server.anthropic;

import io.jandaia.model.Dialogue;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.Model;
import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import io.jandaia.model.engine.Generation;
import io.jandaia.model.sampling.Setting;
import io.jandaia.server.ApiException;
import io.jandaia.server.Exchange;
import io.jandaia.server.Fields;
import io.jandaia.server.GenerationFields;
import io.jandaia.server.Models;
import io.jandaia.server.ReasoningFields;
import io.jandaia.server.Routes;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /v1/messages} and {@code /v1/messages/count_tokens}. */
public final class Anthropic {

    private final Models models;

    private Anthropic(Models models) {
        this.models = models;
    }

    public static void addTo(Routes routes, Models models) {
        Anthropic api = new Anthropic(models);
        routes.errors("/v1/messages", Anthropic::error)
                .work("/v1/messages", api::messages)
                .post("/v1/messages/count_tokens", api::count);
    }

    /** An error as this API writes it. */
    static ObjectNode error(ApiException e) {
        ObjectNode json = Exchange.object().put("type", "error");
        json.putObject("error")
                .put(
                        "type",
                        switch (e.status()) {
                            case 401 -> "authentication_error";
                            case 403 -> "permission_error";
                            case 404 -> "not_found_error";
                            case 413 -> "request_too_large";
                            case 429 -> "rate_limit_error";
                            case 503 -> "overloaded_error";
                            default -> e.status() < 500 ? "invalid_request_error" : "api_error";
                        })
                .put("message", e.sentence());
        return json;
    }

    /** Where the last message is the assistant's, the answer goes on with it. */
    private static Inputs inputs(List<Message> messages) {
        boolean goesOn = messages.getLast().role().equals("assistant");
        return Inputs.NONE.generate(!goesOn).continueFinal(goesOn);
    }

    private void count(Exchange x) throws IOException {
        Fields f = x.fields();
        Models.Entry entry = x.find(models, f.text("model"));
        Dialogue dialogue = dialogue(f, entry, entry.open(x), GenerateOptions.DEFAULT, Integer.MAX_VALUE);
        x.complete(f);
        x.json(Exchange.object().put("input_tokens", dialogue.prompt().length));
    }

    private static Dialogue dialogue(Fields f, Models.Entry entry, Model model, GenerateOptions options, int most) {
        List<Message> messages = entry.preset().messages(Blocks.messages(f));
        ReasoningFields reasoning = thinking(f, inputs(messages), most);
        return model.dialogue(messages, reasoning.inputs(), Blocks.tools(f), options, reasoning.tokens());
    }

    private static ReasoningFields thinking(Fields f, Inputs inputs, int most) {
        Fields thinking = f.object("thinking");
        if (thinking == null) {
            return new ReasoningFields(inputs, null);
        }
        String type = thinking.needText("type");
        Integer budget = thinking.whole("budget_tokens");
        if (budget != null && (budget < 0 || budget >= most)) {
            throw ApiException.field(
                    "thinking.budget_tokens",
                    "The field 'thinking.budget_tokens' is " + budget
                            + "; expected a whole number from 0 that is less than max_tokens (" + most + ").");
        }
        return switch (type) {
            case "enabled", "adaptive" -> new ReasoningFields(ReasoningFields.enabled(inputs, true), budget);
            case "disabled" -> new ReasoningFields(ReasoningFields.enabled(inputs, false), 0);
            default ->
                throw ApiException.field(
                        "thinking.type",
                        "The field 'thinking.type' is '" + type + "'; expected enabled, disabled or adaptive.");
        };
    }

    private void messages(Exchange x) throws IOException {
        Fields f = x.fields();
        Models.Entry entry = x.find(models, f.text("model"));
        Model model = entry.open(x);
        int most = f.whole("max_tokens", 0, 1, Integer.MAX_VALUE);
        if (most == 0) {
            throw f.absent("max_tokens", "a whole number of at least 1");
        }
        List<String> stops = f.texts("stop_sequences");
        GenerateOptions options =
                entry.preset().options(GenerationFields.read(f)).maxTokens(most).handling(x.handling(f));
        if (!stops.isEmpty()) {
            options = options.stops(stops);
        }
        boolean stream = f.flag("stream", false);
        Dialogue dialogue = dialogue(f, entry, model, options, most);
        x.complete(f);
        x.unchecked(dialogue.unchecked());

        Generation generation = x.work(entry.name()).start(model, dialogue.prompt(), dialogue.options());
        MessageAnswer answer =
                new MessageAnswer(x, entry.name(), options.settings().get(Setting.STOPS));
        if (stream) {
            answer.stream(generation, dialogue);
        } else {
            answer.whole(generation, dialogue);
        }
    }
}
