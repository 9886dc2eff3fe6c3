package io.jandaia.server.anthropic;

import io.jandaia.model.GenerateOptions;
import io.jandaia.model.Model;
import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import io.jandaia.model.engine.Generation;
import io.jandaia.model.engine.TokenEvent;
import io.jandaia.server.ApiException;
import io.jandaia.server.Choices;
import io.jandaia.server.EventStream;
import io.jandaia.server.Exchange;
import io.jandaia.server.Fields;
import io.jandaia.server.GenerationFields;
import io.jandaia.server.Messages;
import io.jandaia.server.Models;
import io.jandaia.server.Routes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
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

    /** The messages, with the system's before them. */
    private static List<Message> read(Fields f) {
        List<Message> messages = new ArrayList<>();
        JsonNode system = f.get("system");
        if (system != null) {
            messages.add(Message.system(Messages.content(system, "system")));
        }
        for (Message m : Messages.read(f)) {
            if (!m.role().equals("user") && !m.role().equals("assistant")) {
                throw ApiException.field(
                        "messages", "A message has the role '" + m.role() + "'; expected user or assistant.");
            }
            messages.add(m);
        }
        return messages;
    }

    /** Where the last message is the assistant's, the answer goes on with it. */
    private static Inputs inputs(List<Message> messages) {
        boolean goesOn = messages.getLast().role().equals("assistant");
        return Inputs.NONE.generate(!goesOn).continueFinal(goesOn);
    }

    private void count(Exchange x) throws IOException {
        Fields f = x.fields();
        Model model = models.find(f.text("model")).open(x);
        List<Message> messages = read(f);
        GenerationFields.refuse(f, "tools", "tool calls");
        x.complete(f);
        x.json(Exchange.object().put("input_tokens", model.text().prompt(messages, inputs(messages)).length));
    }

    private void messages(Exchange x) throws IOException {
        Fields f = x.fields();
        Models.Entry entry = models.find(f.text("model"));
        Model model = entry.open(x);
        List<Message> messages = read(f);
        int most = f.whole("max_tokens", 0, 1, Integer.MAX_VALUE);
        if (most == 0) {
            throw f.absent("max_tokens", "a whole number of at least 1");
        }
        List<String> stops = f.texts("stop_sequences");
        GenerateOptions options = GenerationFields.read(f).maxTokens(most);
        if (!stops.isEmpty()) {
            options = options.stops(stops);
        }
        boolean stream = f.flag("stream", false);
        GenerationFields.refuse(f, "tools", "tool calls");
        x.complete(f);

        int[] prompt = model.text().prompt(messages, inputs(messages));
        Generation generation = x.work(entry.name()).add(model.stream(prompt, options));
        if (stream) {
            stream(x, entry.name(), prompt.length, generation, stops);
        } else {
            whole(x, entry.name(), generation, stops);
        }
    }

    private static ObjectNode head(Exchange x, String model) {
        return Exchange.object()
                .put("id", "msg_" + x.id().substring(4))
                .put("type", "message")
                .put("role", "assistant")
                .put("model", model);
    }

    private static ObjectNode end(ObjectNode json, TokenEvent.Finished f, List<String> stops) {
        boolean ours = f.stop() != null && stops.contains(f.stop());
        return json.put(
                        "stop_reason",
                        ours
                                ? "stop_sequence"
                                : f.reason() == TokenEvent.FinishReason.LENGTH ? "max_tokens" : "end_turn")
                .put("stop_sequence", ours ? f.stop() : null);
    }

    private static void whole(Exchange x, String model, Generation generation, List<String> stops) throws IOException {
        StringBuilder text = new StringBuilder();
        TokenEvent.Finished[] finished = new TokenEvent.Finished[1];
        Choices.read(x.work(), List.of(generation), (i, e) -> {
            switch (e) {
                case TokenEvent.Token t -> text.append(t.text());
                case TokenEvent.Finished f -> {
                    text.append(f.text());
                    finished[0] = f;
                }
            }
        });
        ObjectNode json = head(x, model);
        json.putArray("content").addObject().put("type", "text").put("text", text.toString());
        end(json, finished[0], stops);
        json.putObject("usage")
                .put("input_tokens", finished[0].usage().promptTokens())
                .put("output_tokens", finished[0].usage().completionTokens());
        x.json(json);
    }

    private static void stream(Exchange x, String model, int prompt, Generation generation, List<String> stops)
            throws IOException {
        EventStream events = x.namedStream();
        ObjectNode start = event("message_start", null);
        ObjectNode message = head(x, model);
        ArrayNode content = message.putArray("content");
        message.putNull("stop_reason").putNull("stop_sequence");
        message.putObject("usage").put("input_tokens", prompt).put("output_tokens", 0);
        start.set("message", message);
        events.send(start);
        ObjectNode block = event("content_block_start", 0);
        block.set("content_block", content.objectNode().put("type", "text").put("text", ""));
        events.send(block);
        Choices.read(x.work(), List.of(generation), (i, e) -> {
            String text = e instanceof TokenEvent.Token t ? t.text() : ((TokenEvent.Finished) e).text();
            if (!text.isEmpty()) {
                ObjectNode delta = event("content_block_delta", 0);
                delta.putObject("delta").put("type", "text_delta").put("text", text);
                events.send(delta);
            }
            if (e instanceof TokenEvent.Finished f) {
                events.send(event("content_block_stop", 0));
                ObjectNode last = event("message_delta", null);
                last.set("delta", end(Exchange.object(), f, stops));
                last.putObject("usage")
                        .put("input_tokens", f.usage().promptTokens())
                        .put("output_tokens", f.usage().completionTokens());
                events.send(last);
            }
        });
        events.send(event("message_stop", null));
        events.close();
    }

    private static ObjectNode event(String type, @Nullable Integer index) {
        ObjectNode json = Exchange.object().put("type", type);
        return index == null ? json : json.put("index", index);
    }
}
