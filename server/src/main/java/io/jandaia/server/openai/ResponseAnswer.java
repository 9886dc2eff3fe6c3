package io.jandaia.server.openai;

import io.jandaia.model.Dialogue;
import io.jandaia.model.answer.AnswerPart;
import io.jandaia.model.engine.Generation;
import io.jandaia.model.engine.TokenEvent;
import io.jandaia.model.tokenizer.Tokenizer;
import io.jandaia.server.Choices;
import io.jandaia.server.EventStream;
import io.jandaia.server.Exchange;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A response of the Responses API: its items one after the other, each with events for its beginning, its pieces and its end.
 * A response that is not streamed is made by the same events, which then go nowhere.
 */
final class ResponseAnswer {

    private final Exchange x;
    private final ObjectNode response;
    private final ArrayNode output;
    private @Nullable EventStream events;
    private int sequence;
    /** The item that is being written; null if none is. */
    private @Nullable ObjectNode item;

    private final StringBuilder text = new StringBuilder();
    private int reasoningTokens;

    private final Tokenizer tokenizer;
    /** Log-probabilities of the message that is being written. */
    private final ArrayNode logProbs = JsonMapper.shared().createArrayNode();
    /** Those of tokens whose text has not come yet. */
    private final ArrayNode held = JsonMapper.shared().createArrayNode();

    ResponseAnswer(Exchange x, String model, Tokenizer tokenizer, ObjectNode echo, boolean parallel) {
        this.x = x;
        this.tokenizer = tokenizer;
        this.response = Exchange.object()
                .put("id", "resp_" + x.id().substring(4))
                .put("object", "response")
                .put("created_at", System.currentTimeMillis() / 1000)
                .put("status", "in_progress")
                .putNull("error")
                .putNull("incomplete_details")
                .put("model", model);
        response.setAll(echo);
        this.output = response.putArray("output");
        response.put("parallel_tool_calls", parallel)
                .putNull("previous_response_id")
                .put("store", false)
                .put("truncation", "disabled");
        if (!response.path("tools").isArray()) {
            response.putArray("tools");
        }
        if (response.path("tool_choice").isNull()
                || response.path("tool_choice").isMissingNode()) {
            response.put("tool_choice", "auto");
        }
    }

    void whole(Generation generation, Dialogue dialogue) throws IOException {
        write(generation, dialogue);
        x.json(response);
    }

    void stream(Generation generation, Dialogue dialogue) throws IOException {
        EventStream stream = x.namedStream();
        events = stream;
        whole("response.created");
        whole("response.in_progress");
        write(generation, dialogue);
        whole(response.path("status").asString("").equals("completed") ? "response.completed" : "response.incomplete");
        stream.close();
    }

    private void write(Generation generation, Dialogue dialogue) throws IOException {
        Choices.read(x.work(), List.of(generation), dialogue, (i, parts, e) -> {
            if (e instanceof TokenEvent.Token t && t.logProbs() != null) {
                held.add(TokenLogProbs.chat(t, tokenizer));
            }
            for (AnswerPart part : parts) {
                add(part);
            }
            if (e instanceof TokenEvent.Finished f) {
                boolean cut = f.reason() == TokenEvent.FinishReason.LENGTH;
                if (output.isEmpty() && item == null) {
                    add(new AnswerPart.Content(""));
                }
                endItem(cut ? "incomplete" : "completed");
                response.put("status", cut ? "incomplete" : "completed");
                if (cut) {
                    response.putObject("incomplete_details").put("reason", "max_output_tokens");
                }
                usage(f.usage());
            }
        });
    }

    private void usage(TokenEvent.Usage usage) {
        ObjectNode json = response.putObject("usage").put("input_tokens", usage.promptTokens());
        json.putObject("input_tokens_details").put("cached_tokens", usage.cachedTokens());
        json.put("output_tokens", usage.completionTokens());
        json.putObject("output_tokens_details").put("reasoning_tokens", reasoningTokens);
        json.put("total_tokens", usage.totalTokens());
        x.work().priced(json, usage.promptTokens(), usage.cachedTokens(), usage.completionTokens());
    }

    private void add(AnswerPart part) throws IOException {
        if (!(part instanceof AnswerPart.Content)) {
            held.removeAll(); // only texts have them
        }
        switch (part) {
            case AnswerPart.Reasoning r -> {
                reasoningTokens++;
                begin("reasoning");
                piece("response.reasoning_text.delta", r.text());
            }
            case AnswerPart.Content c -> {
                begin("message");
                if (!c.text().isEmpty()) {
                    piece("response.output_text.delta", c.text());
                }
            }
            case AnswerPart.CallStart s -> {
                endItem("completed");
                ObjectNode call = Exchange.object()
                        .put("id", "fc_" + s.id())
                        .put("type", "function_call")
                        .put("status", "in_progress")
                        .put("call_id", s.id())
                        .put("name", s.name())
                        .put("arguments", "");
                beginItem(call);
            }
            case AnswerPart.CallArguments a -> {
                text.append(a.json());
                if (events != null) {
                    send(event("response.function_call_arguments.delta").put("delta", a.json()));
                }
            }
        }
    }

    private void begin(String type) throws IOException {
        if (item != null && item.path("type").asString("").equals(type)) {
            return;
        }
        endItem("completed");
        boolean reasons = type.equals("reasoning");
        ObjectNode json = Exchange.object()
                .put("id", (reasons ? "rs_" : "msg_") + x.id().substring(4) + "_" + output.size())
                .put("type", type)
                .put("status", "in_progress");
        if (reasons) {
            json.putArray("summary");
        } else {
            json.put("role", "assistant");
        }
        json.putArray("content");
        beginItem(json);
        if (events != null) {
            ObjectNode added = event("response.content_part.added").put("content_index", 0);
            added.set("part", part(""));
            send(added);
        }
    }

    private void beginItem(ObjectNode json) throws IOException {
        item = json;
        text.setLength(0);
        logProbs.removeAll();
        if (events != null) {
            ObjectNode added =
                    Exchange.object().put("type", "response.output_item.added").put("output_index", output.size());
            added.set("item", json.deepCopy());
            send(added);
        }
    }

    private void piece(String type, String more) throws IOException {
        text.append(more);
        if (events != null) {
            ObjectNode event = event(type).put("content_index", 0).put("delta", more);
            if (type.equals("response.output_text.delta")) {
                event.putArray("logprobs").addAll(held);
            }
            send(event);
        }
        logProbs.addAll(held);
        held.removeAll();
    }

    /** What a message or reasoning consists of. */
    private ObjectNode part(String content) {
        boolean reasons = item != null && item.path("type").asString("").equals("reasoning");
        ObjectNode part = Exchange.object()
                .put("type", reasons ? "reasoning_text" : "output_text")
                .put("text", content);
        if (!reasons) {
            part.putArray("annotations");
            part.putArray("logprobs").addAll(logProbs);
        }
        return part;
    }

    private void endItem(String status) throws IOException {
        ObjectNode done = item;
        if (done == null) {
            return;
        }
        String content = text.toString();
        boolean called = done.path("type").asString("").equals("function_call");
        if (called) {
            done.put("arguments", content);
            if (events != null) {
                send(event("response.function_call_arguments.done")
                        .put("name", done.path("name").asString(""))
                        .put("arguments", content));
            }
        } else {
            ((ArrayNode) done.path("content")).add(part(content));
            boolean reasons = done.path("type").asString("").equals("reasoning");
            if (events != null) {
                ObjectNode end = event(reasons ? "response.reasoning_text.done" : "response.output_text.done")
                        .put("content_index", 0)
                        .put("text", content);
                if (!reasons) {
                    end.putArray("logprobs").addAll(logProbs);
                }
                send(end);
                ObjectNode ended = event("response.content_part.done").put("content_index", 0);
                ended.set("part", part(content));
                send(ended);
            }
        }
        done.put("status", status);
        int index = output.size();
        output.add(done);
        item = null;
        if (events != null) {
            ObjectNode ended =
                    Exchange.object().put("type", "response.output_item.done").put("output_index", index);
            ended.set("item", done.deepCopy());
            send(ended);
        }
    }

    /** An event of the item that is being written. */
    private ObjectNode event(String type) {
        return Exchange.object()
                .put("type", type)
                .put("item_id", item == null ? "" : item.path("id").asString(""))
                .put("output_index", output.size());
    }

    private void whole(String type) throws IOException {
        ObjectNode event = Exchange.object().put("type", type);
        event.set("response", response.deepCopy());
        send(event);
    }

    private void send(ObjectNode event) throws IOException {
        EventStream to = events;
        if (to != null) {
            to.send(event.put("sequence_number", sequence++));
        }
    }
}
