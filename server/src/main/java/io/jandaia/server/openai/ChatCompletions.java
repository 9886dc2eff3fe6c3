package io.jandaia.server.openai;

import io.jandaia.model.Dialogue;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.Model;
import io.jandaia.model.answer.AnswerPart;
import io.jandaia.model.answer.ToolUse;
import io.jandaia.model.answer.WholeAnswer;
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
import io.jandaia.server.ReasoningFields;
import io.jandaia.server.ToolFields;
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
        Models.Entry entry = x.find(models, f.text("model"));
        Model model = entry.open(x);
        List<Message> messages = entry.preset().messages(Messages.read(f));
        Inputs inputs = inputs(f, messages);
        int n = f.whole("n", 1, 1, MOST_CHOICES);
        boolean stream = f.flag("stream", false);
        boolean usage = includesUsage(f, stream);
        boolean logProbs = f.flag("logprobs", false);
        int top = f.whole("top_logprobs", 0, 0, 20);
        GenerateOptions options =
                entry.preset().options(GenerationFields.read(f)).handling(x.handling(f));
        Integer older = f.whole("max_tokens");
        Integer limit = f.get("max_completion_tokens") == null ? older : f.whole("max_completion_tokens");
        if (limit != null && limit != -1) { // llama.cpp: -1 for no limit
            options = options.maxTokens(limit);
        }
        if (logProbs) {
            options = options.logProbs(top);
        }
        ToolUse tools = ToolFields.read(f);
        ReasoningFields reasoning = ReasoningFields.read(f, inputs);
        GenerationFields.refuse(f, "functions", "the older form of tool calls (the newer, 'tools', is there)");
        x.complete(f);

        Dialogue dialogue = model.dialogue(messages, reasoning.inputs(), tools, options, reasoning.tokens());
        x.unchecked(dialogue.unchecked());
        Answer answer = new Answer(x, entry.name(), model, dialogue, new Usage(dialogue.prompt().length));
        List<Generation> generations = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            generations.add(x.work(entry.name()).start(model, dialogue.prompt(), seeded(dialogue.options(), i)));
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
        return inputs;
    }

    /** What becomes of the events. */
    private static final class Answer {
        private final Exchange x;
        private final String modelName;
        private final Model model;
        private final Dialogue dialogue;
        private final Usage usage;
        private final long created = System.currentTimeMillis() / 1000;

        Answer(Exchange x, String modelName, Model model, Dialogue dialogue, Usage usage) {
            this.x = x;
            this.modelName = modelName;
            this.model = model;
            this.dialogue = dialogue;
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
            List<WholeAnswer> answers = new ArrayList<>();
            List<ArrayNode> tokens = new ArrayList<>();
            String[] reasons = new String[generations.size()];
            generations.forEach(g -> {
                answers.add(new WholeAnswer());
                tokens.add(JsonMapper.shared().createArrayNode());
            });
            Choices.read(x.work(), generations, dialogue, (i, parts, e) -> {
                answers.get(i).add(parts);
                usage.reasons(parts);
                switch (e) {
                    case TokenEvent.Token t -> {
                        if (t.logProbs() != null) {
                            tokens.get(i).add(TokenLogProbs.chat(t, model.tokenizer()));
                        }
                    }
                    case TokenEvent.Finished finished -> {
                        reasons[i] = reason(finished, !answers.get(i).calls().isEmpty());
                        usage.add(finished.usage());
                    }
                }
            });
            ObjectNode json = head("chat.completion");
            ArrayNode choices = json.putArray("choices");
            for (int i = 0; i < reasons.length; i++) {
                ObjectNode choice = choices.addObject().put("index", i);
                choice.set("message", message(answers.get(i)));
                if (tokens.get(i).isEmpty()) {
                    choice.putNull("logprobs");
                } else {
                    choice.putObject("logprobs").set("content", tokens.get(i));
                }
                choice.put("finish_reason", reasons[i]);
            }
            json.set("usage", usage.json(x.work()));
            x.json(json);
        }

        private static String reason(TokenEvent.Finished finished, boolean calls) {
            return calls && finished.reason() == TokenEvent.FinishReason.STOP
                    ? "tool_calls"
                    : finished.reason().text();
        }

        private static ObjectNode message(WholeAnswer answer) {
            ObjectNode message = Exchange.object().put("role", "assistant");
            boolean only = answer.content().isEmpty() && !answer.calls().isEmpty();
            message.put("content", only ? null : answer.content()).putNull("refusal");
            if (!answer.reasoning().isEmpty()) {
                put(message, answer.reasoning());
            }
            if (!answer.calls().isEmpty()) {
                ArrayNode calls = message.putArray("tool_calls");
                answer.calls()
                        .forEach(c -> calls.addObject()
                                .put("id", c.id())
                                .put("type", "function")
                                .putObject("function")
                                .put("name", c.name())
                                .put("arguments", c.arguments()));
            }
            return message;
        }

        /** Clients look for it under either name. */
        private static ObjectNode put(ObjectNode json, String reasoning) {
            return json.put("reasoning_content", reasoning).put("reasoning", reasoning);
        }

        void stream(List<Generation> generations, boolean withUsage) throws IOException {
            EventStream events = x.stream();
            for (int i = 0; i < generations.size(); i++) {
                ObjectNode delta = Exchange.object().put("role", "assistant").put("content", "");
                events.send(chunk(i, delta, null, null, withUsage));
            }
            boolean[] called = new boolean[generations.size()];
            Choices.read(x.work(), generations, dialogue, (i, parts, e) -> {
                @Nullable ObjectNode logProbs = logProbs(e);
                usage.reasons(parts);
                for (AnswerPart part : parts) {
                    called[i] |= part instanceof AnswerPart.CallStart;
                    events.send(chunk(i, delta(part), logProbs, null, withUsage));
                    logProbs = null;
                }
                if (logProbs != null) {
                    events.send(chunk(i, Exchange.object().put("content", ""), logProbs, null, withUsage));
                }
                if (e instanceof TokenEvent.Finished finished) {
                    usage.add(finished.usage());
                    events.send(chunk(i, Exchange.object(), null, reason(finished, called[i]), withUsage));
                }
            });
            if (withUsage) {
                ObjectNode last = head("chat.completion.chunk");
                last.putArray("choices");
                last.set("usage", usage.json(x.work()));
                events.send(last);
            }
            events.done();
            events.close();
        }

        private static ObjectNode delta(AnswerPart part) {
            ObjectNode delta = Exchange.object();
            switch (part) {
                case AnswerPart.Reasoning r -> put(delta, r.text());
                case AnswerPart.Content c -> delta.put("content", c.text());
                case AnswerPart.CallStart s ->
                    delta.putArray("tool_calls")
                            .addObject()
                            .put("index", s.call())
                            .put("id", s.id())
                            .put("type", "function")
                            .putObject("function")
                            .put("name", s.name())
                            .put("arguments", "");
                case AnswerPart.CallArguments a ->
                    delta.putArray("tool_calls")
                            .addObject()
                            .put("index", a.call())
                            .putObject("function")
                            .put("arguments", a.json());
            }
            return delta;
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
