package io.jandaia.server.openai;

import io.jandaia.model.GenerateOptions;
import io.jandaia.model.Model;
import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import io.jandaia.model.engine.Generation;
import io.jandaia.model.engine.TokenEvent;
import io.jandaia.model.sampling.Setting;
import io.jandaia.server.ApiException;
import io.jandaia.server.Choices;
import io.jandaia.server.Endpoint;
import io.jandaia.server.EventStream;
import io.jandaia.server.Exchange;
import io.jandaia.server.Fields;
import io.jandaia.server.GenerationFields;
import io.jandaia.server.Messages;
import io.jandaia.server.Models;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /v1/chat/completions}. */
final class ChatCompletions implements Endpoint {

    /** Answers to one prompt. */
    static final int MOST_CHOICES = 128;

    private final Models models;

    ChatCompletions(Models models) {
        this.models = models;
    }

    @Override
    public void answer(Exchange x) throws IOException {
        Fields f = x.fields();
        Models.Entry entry = models.find(f.text("model"));
        Model model = entry.open(x);
        List<Message> messages = Messages.read(f);
        Inputs inputs = inputs(f, messages);
        int n = f.whole("n", 1, 1, MOST_CHOICES);
        boolean stream = f.flag("stream", false);
        boolean usage = includesUsage(f, stream);
        boolean logProbs = f.flag("logprobs", false);
        int top = f.whole("top_logprobs", 0, 0, 20);
        GenerateOptions options = GenerationFields.read(f);
        Integer older = f.whole("max_tokens");
        Integer limit = f.get("max_completion_tokens") == null ? older : f.whole("max_completion_tokens");
        if (limit != null) {
            options = options.maxTokens(limit);
        }
        if (logProbs) {
            options = options.logProbs(top);
        }
        GenerationFields.refuse(f, "tools", "tool calls");
        GenerationFields.refuse(f, "functions", "tool calls");
        x.complete(f);

        int[] prompt = model.text().prompt(messages, inputs);
        Answer answer = new Answer(x, entry.name(), model, new Usage(prompt.length));
        List<Generation> generations = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            generations.add(x.work(entry.name()).add(model.stream(prompt, seeded(options, i))));
        }
        if (stream) {
            answer.stream(generations, usage);
        } else {
            answer.whole(generations);
        }
    }

    /** Answers to the same prompt differ by their seeds, in a way that a seed of the caller's determines. */
    static GenerateOptions seeded(GenerateOptions options, int choice) {
        return choice > 0 && options.settings().has(Setting.SEED)
                ? options.seed(options.settings().get(Setting.SEED) + choice)
                : options;
    }

    static boolean includesUsage(Fields f, boolean stream) {
        Fields streaming = f.object("stream_options");
        if (streaming == null) {
            return false;
        }
        if (!stream) {
            throw ApiException.field("stream_options", "The field 'stream_options' is for requests that stream.");
        }
        return streaming.flag("include_usage", false);
    }

    private static Inputs inputs(Fields f, List<Message> messages) {
        boolean goesOn = f.flag("continue_final_message", false);
        boolean begins = f.flag("add_generation_prompt", !goesOn);
        if (goesOn && begins) {
            throw ApiException.field(
                    "add_generation_prompt",
                    "'continue_final_message' and 'add_generation_prompt' exclude each other.");
        }
        if (goesOn && !messages.getLast().role().equals("assistant")) {
            throw ApiException.field(
                    "continue_final_message", "The message to go on with must be the assistant's, and the last one.");
        }
        Inputs inputs = Inputs.NONE.generate(begins).continueFinal(goesOn);
        JsonNode variables = f.get("chat_template_kwargs");
        if (variables != null) {
            if (!variables.isObject()) {
                throw f.wrong("chat_template_kwargs", variables, "an object");
            }
            for (Map.Entry<String, JsonNode> e : variables.properties()) {
                inputs = inputs.set(e.getKey(), JsonMapper.shared().treeToValue(e.getValue(), Object.class));
            }
        }
        String effort = f.text("reasoning_effort");
        return effort == null ? inputs : inputs.set("reasoning_effort", effort);
    }

    /** What becomes of the events. */
    private static final class Answer {
        private final Exchange x;
        private final String modelName;
        private final Model model;
        private final Usage usage;
        private final long created = System.currentTimeMillis() / 1000;

        Answer(Exchange x, String modelName, Model model, Usage usage) {
            this.x = x;
            this.modelName = modelName;
            this.model = model;
            this.usage = usage;
        }

        private ObjectNode head(String object) {
            return Exchange.object()
                    .put("id", "chatcmpl-" + x.id().substring(4))
                    .put("object", object)
                    .put("created", created)
                    .put("model", modelName);
        }

        private @Nullable ObjectNode logProbs(TokenEvent event) {
            if (!(event instanceof TokenEvent.Token t) || t.logProbs() == null) {
                return null;
            }
            ObjectNode json = Exchange.object();
            json.putArray("content").add(TokenLogProbs.chat(t, model.tokenizer()));
            return json;
        }

        void whole(List<Generation> generations) throws IOException {
            List<StringBuilder> texts = new ArrayList<>();
            List<ArrayNode> tokens = new ArrayList<>();
            String[] reasons = new String[generations.size()];
            generations.forEach(g -> {
                texts.add(new StringBuilder());
                tokens.add(JsonMapper.shared().createArrayNode());
            });
            Choices.read(x.work(), generations, (i, e) -> {
                switch (e) {
                    case TokenEvent.Token t -> {
                        texts.get(i).append(t.text());
                        if (t.logProbs() != null) {
                            tokens.get(i).add(TokenLogProbs.chat(t, model.tokenizer()));
                        }
                    }
                    case TokenEvent.Finished finished -> {
                        texts.get(i).append(finished.text());
                        reasons[i] = finished.reason().text();
                        usage.add(finished.usage());
                    }
                }
            });
            ObjectNode json = head("chat.completion");
            ArrayNode choices = json.putArray("choices");
            for (int i = 0; i < reasons.length; i++) {
                ObjectNode choice = choices.addObject().put("index", i);
                choice.putObject("message")
                        .put("role", "assistant")
                        .put("content", texts.get(i).toString())
                        .putNull("refusal");
                if (tokens.get(i).isEmpty()) {
                    choice.putNull("logprobs");
                } else {
                    choice.putObject("logprobs").set("content", tokens.get(i));
                }
                choice.put("finish_reason", reasons[i]);
            }
            json.set("usage", usage.json());
            x.json(json);
        }

        void stream(List<Generation> generations, boolean withUsage) throws IOException {
            EventStream events = x.stream();
            for (int i = 0; i < generations.size(); i++) {
                ObjectNode delta = Exchange.object().put("role", "assistant").put("content", "");
                events.send(chunk(i, delta, null, null, withUsage));
            }
            Choices.read(x.work(), generations, (i, e) -> {
                String text = e instanceof TokenEvent.Token t ? t.text() : ((TokenEvent.Finished) e).text();
                ObjectNode logProbs = logProbs(e);
                if (!text.isEmpty() || logProbs != null) {
                    events.send(chunk(i, Exchange.object().put("content", text), logProbs, null, withUsage));
                }
                if (e instanceof TokenEvent.Finished finished) {
                    usage.add(finished.usage());
                    events.send(
                            chunk(i, Exchange.object(), null, finished.reason().text(), withUsage));
                }
            });
            if (withUsage) {
                ObjectNode last = head("chat.completion.chunk");
                last.putArray("choices");
                last.set("usage", usage.json());
                events.send(last);
            }
            events.done();
            events.close();
        }

        private ObjectNode chunk(
                int index,
                ObjectNode delta,
                @Nullable ObjectNode logProbs,
                @Nullable String reason,
                boolean withUsage) {
            ObjectNode json = head("chat.completion.chunk");
            ObjectNode choice = json.putArray("choices").addObject().put("index", index);
            choice.set("delta", delta);
            choice.set("logprobs", logProbs);
            choice.put("finish_reason", reason);
            if (withUsage) {
                json.putNull("usage");
            }
            return json;
        }
    }
}
