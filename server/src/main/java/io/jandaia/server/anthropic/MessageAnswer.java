package io.jandaia.server.anthropic;

import io.jandaia.model.Dialogue;
import io.jandaia.model.answer.AnswerPart;
import io.jandaia.model.answer.WholeAnswer;
import io.jandaia.model.engine.Generation;
import io.jandaia.model.engine.TokenEvent;
import io.jandaia.server.Choices;
import io.jandaia.server.EventStream;
import io.jandaia.server.Exchange;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** One message of the assistant as this API writes it. */
final class MessageAnswer {

    private final Exchange x;
    private final String model;
    private final List<String> stops;
    /** The block that is open, by its type and call; null if none is. */
    private @Nullable String open;

    private int blocks;
    private boolean called;

    MessageAnswer(Exchange x, String model, List<String> stops) {
        this.x = x;
        this.model = model;
        this.stops = stops;
    }

    private ObjectNode head() {
        return Exchange.object()
                .put("id", "msg_" + x.id().substring(4))
                .put("type", "message")
                .put("role", "assistant")
                .put("model", model);
    }

    private ObjectNode end(ObjectNode json, TokenEvent.Finished f) {
        boolean ours = f.stop() != null && stops.contains(f.stop());
        String reason = ours
                ? "stop_sequence"
                : f.reason() == TokenEvent.FinishReason.LENGTH ? "max_tokens" : called ? "tool_use" : "end_turn";
        return json.put("stop_reason", reason).put("stop_sequence", ours ? f.stop() : null);
    }

    private ObjectNode usage(ObjectNode json, TokenEvent.Usage usage) {
        json.put("input_tokens", usage.promptTokens() - usage.cachedTokens())
                .put("cache_creation_input_tokens", 0)
                .put("cache_read_input_tokens", usage.cachedTokens())
                .put("output_tokens", usage.completionTokens());
        return x.work().priced(json, usage.promptTokens(), usage.cachedTokens(), usage.completionTokens());
    }

    void whole(Generation generation, Dialogue dialogue) throws IOException {
        WholeAnswer answer = new WholeAnswer();
        TokenEvent.Finished[] finished = new TokenEvent.Finished[1];
        Choices.read(x.work(), List.of(generation), dialogue, (i, parts, e) -> {
            answer.add(parts);
            if (e instanceof TokenEvent.Finished f) {
                finished[0] = f;
            }
        });
        ObjectNode json = head();
        ArrayNode content = json.putArray("content");
        if (!answer.reasoning().isEmpty()) {
            content.addObject()
                    .put("type", "thinking")
                    .put("thinking", answer.reasoning())
                    .put("signature", "");
        }
        if (!answer.content().isEmpty() || (answer.calls().isEmpty() && content.isEmpty())) {
            content.addObject().put("type", "text").put("text", answer.content());
        }
        for (WholeAnswer.Call call : answer.calls()) {
            called = true;
            ObjectNode block = content.addObject()
                    .put("type", "tool_use")
                    .put("id", call.id())
                    .put("name", call.name());
            JsonNode input = call.json();
            if (input == null) {
                block.putObject("input").put("cut", call.arguments());
            } else {
                block.set("input", input);
            }
        }
        end(json, finished[0]);
        usage(json.putObject("usage"), finished[0].usage());
        x.json(json);
    }

    void stream(Generation generation, Dialogue dialogue) throws IOException {
        EventStream events = x.namedStream();
        ObjectNode start = event("message_start");
        ObjectNode message = head();
        message.putArray("content");
        message.putNull("stop_reason").putNull("stop_sequence");
        message.putObject("usage").put("input_tokens", dialogue.prompt().length).put("output_tokens", 0);
        start.set("message", message);
        events.send(start);
        Choices.read(x.work(), List.of(generation), dialogue, (i, parts, e) -> {
            for (AnswerPart part : parts) {
                send(events, part);
            }
            if (e instanceof TokenEvent.Finished f) {
                if (blocks == 0) {
                    send(events, new AnswerPart.Content(""));
                }
                closeBlock(events);
                ObjectNode last = event("message_delta");
                last.set("delta", end(Exchange.object(), f));
                usage(last.putObject("usage"), f.usage());
                events.send(last);
            }
        });
        events.send(event("message_stop"));
        events.close();
    }

    private void send(EventStream events, AnswerPart part) throws IOException {
        switch (part) {
            case AnswerPart.Reasoning r -> {
                block(events, "thinking", Exchange.object().put("thinking", "").put("signature", ""));
                delta(events, "thinking_delta", "thinking", r.text());
            }
            case AnswerPart.Content c -> {
                block(events, "text", Exchange.object().put("text", ""));
                if (!c.text().isEmpty()) {
                    delta(events, "text_delta", "text", c.text());
                }
            }
            case AnswerPart.CallStart s -> {
                called = true;
                closeBlock(events);
                ObjectNode use = Exchange.object().put("id", s.id()).put("name", s.name());
                use.putObject("input");
                block(events, "tool_use", use);
            }
            case AnswerPart.CallArguments a -> delta(events, "input_json_delta", "partial_json", a.json());
        }
    }

    /** Opens a block, if one of its type is not open. */
    private void block(EventStream events, String type, ObjectNode fields) throws IOException {
        if (type.equals(open)) {
            return;
        }
        closeBlock(events);
        ObjectNode begin = event("content_block_start").put("index", blocks);
        ObjectNode block = begin.putObject("content_block").put("type", type);
        block.setAll(fields);
        events.send(begin);
        open = type;
        blocks++;
    }

    private void delta(EventStream events, String type, String field, String text) throws IOException {
        ObjectNode delta = event("content_block_delta").put("index", blocks - 1);
        delta.putObject("delta").put("type", type).put(field, text);
        events.send(delta);
    }

    private void closeBlock(EventStream events) throws IOException {
        if (open != null) {
            events.send(event("content_block_stop").put("index", blocks - 1));
            open = null;
        }
    }

    private static ObjectNode event(String type) {
        return Exchange.object().put("type", type);
    }
}
