package io.jandaia.server.ollama;

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
import io.jandaia.model.grammar.Grammar;
import io.jandaia.server.ApiException;
import io.jandaia.server.Choices;
import io.jandaia.server.EventStream;
import io.jandaia.server.Exchange;
import io.jandaia.server.Fields;
import io.jandaia.server.GenerationFields;
import io.jandaia.server.Messages;
import io.jandaia.server.Models;
import io.jandaia.server.Preset;
import io.jandaia.server.ReasoningFields;
import io.jandaia.server.ToolFields;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /api/chat} and {@code /api/generate}. */
final class Answers {

    private final Models models;

    Answers(Models models) {
        this.models = models;
    }

    void chat(Exchange x) throws IOException {
        Fields f = x.fields();
        Models.Entry entry = Ollama.find(x, models, f.text("model"));
        Shape shape = answer -> {
            ObjectNode json = head(entry.name());
            ObjectNode message =
                    json.putObject("message").put("role", "assistant").put("content", answer.content());
            if (!answer.reasoning().isEmpty()) {
                message.put("thinking", answer.reasoning());
            }
            if (!answer.calls().isEmpty()) {
                ArrayNode calls = message.putArray("tool_calls");
                answer.calls().forEach(c -> call(calls.addObject(), c));
            }
            return json;
        };
        Optional<Duration> keep = KeepAlive.read(x, f);
        List<Message> messages = f.list("messages").isEmpty() ? List.of() : Messages.read(f);
        if (messages.isEmpty() && unloads(x, f, entry, keep, shape)) {
            return;
        }
        Model model = entry.open(x);
        keep.ifPresent(time -> models.keep(x, time));
        ToolUse tools = ToolFields.read(f);
        GenerateOptions options = options(f, entry.preset()).handling(x.handling(f));
        boolean stream = f.flag("stream", true);
        ReasoningFields reasoning = think(f);
        x.complete(f);
        if (messages.isEmpty()) { // how clients ask for a model to be loaded
            x.json(shape.of(new WholeAnswer()).put("done_reason", "load").put("done", true));
            return;
        }
        Dialogue dialogue = model.dialogue(
                entry.preset().messages(messages), reasoning.inputs(), tools, options, reasoning.tokens());
        x.unchecked(dialogue.unchecked());
        answer(x, entry, model, dialogue, stream, shape);
    }

    private static void call(ObjectNode json, WholeAnswer.Call call) {
        json.put("id", call.id());
        ObjectNode function = json.putObject("function").put("name", call.name());
        JsonNode arguments = call.json();
        if (arguments == null) {
            function.put("arguments", call.arguments());
        } else {
            function.set("arguments", arguments);
        }
    }

    private static ReasoningFields think(Fields f) {
        Inputs inputs = Inputs.NONE.generate(true);
        JsonNode think = f.get("think");
        if (think == null) {
            return new ReasoningFields(inputs, null);
        }
        if (think.isBoolean()) {
            boolean on = think.booleanValue();
            return new ReasoningFields(ReasoningFields.enabled(inputs, on), on ? null : Integer.valueOf(0));
        }
        if (!think.isString()) {
            throw f.wrong("think", think, "true, false, low, medium or high");
        }
        return ReasoningFields.of(ReasoningFields.enabled(inputs, true), think.stringValue(), null);
    }

    void generate(Exchange x) throws IOException {
        Fields f = x.fields();
        Models.Entry entry = Ollama.find(x, models, f.text("model"));
        Shape shape = answer -> {
            ObjectNode json = head(entry.name()).put("response", answer.content());
            return answer.reasoning().isEmpty() ? json : json.put("thinking", answer.reasoning());
        };
        Optional<Duration> keep = KeepAlive.read(x, f);
        String prompt = f.text("prompt");
        if ((prompt == null || prompt.isEmpty()) && unloads(x, f, entry, keep, shape)) {
            return;
        }
        Model model = entry.open(x);
        keep.ifPresent(time -> models.keep(x, time));
        String system = f.text("system");
        boolean raw = f.flag("raw", false);
        for (String name : List.of("suffix", "template", "images", "context")) {
            JsonNode value = f.get(name);
            if (value != null && !(value.isString() ? value.stringValue().isEmpty() : value.isEmpty())) {
                throw ApiException.unsupported(
                        name,
                        "The field '" + name + "' is not something that this version of Jandaia has. Leave it out.");
            }
        }
        GenerateOptions options = options(f, entry.preset()).handling(x.handling(f));
        boolean stream = f.flag("stream", true);
        ReasoningFields reasoning = think(f);
        x.complete(f);
        if (prompt == null || prompt.isEmpty()) {
            x.json(shape.of(new WholeAnswer()).put("done_reason", "load").put("done", true));
            return;
        }
        Preset preset = raw ? Preset.NONE : entry.preset();
        Dialogue dialogue =
                raw || (!model.text().hasTemplate() && preset.messages().isEmpty())
                        ? plain(model, prompt, system == null || system.isEmpty() ? preset.system() : system, options)
                        : model.dialogue(
                                preset.messages(messages(system, prompt)),
                                reasoning.inputs(),
                                ToolUse.NONE,
                                options,
                                reasoning.tokens());
        answer(x, entry, model, dialogue, stream, shape);
    }

    /** Where nothing is asked and the model is to stay for no time, it goes. */
    private boolean unloads(Exchange x, Fields f, Models.Entry entry, Optional<Duration> keep, Shape shape)
            throws IOException {
        if (keep.isEmpty() || !keep.get().isZero()) {
            return false;
        }
        x.complete(f);
        models.unload(entry.source().name());
        x.json(shape.of(new WholeAnswer()).put("done_reason", "unload").put("done", true));
        return true;
    }

    private static Dialogue plain(Model model, String prompt, String system, GenerateOptions options) {
        String text = system.isEmpty() ? prompt : system + "\n\n" + prompt;
        return Dialogue.plain(model.sourceTokens(text).ids(), options);
    }

    private static List<Message> messages(@Nullable String system, String prompt) {
        List<Message> messages = new ArrayList<>();
        if (system != null && !system.isEmpty()) {
            messages.add(Message.system(system));
        }
        messages.add(Message.user(prompt));
        return messages;
    }

    /** Ollama's options have llama.cpp's names; {@code format} is a form of the answer. */
    private static GenerateOptions options(Fields f, Preset preset) {
        Fields o = f.object("options");
        GenerateOptions options = GenerateOptions.DEFAULT;
        if (o != null) {
            options = GenerationFields.limited(o, GenerationFields.read(o));
        }
        boolean limited = o != null && o.get("num_predict") != null;
        options = (limited ? preset.without("num_predict") : preset).options(options);
        JsonNode format = f.get("format");
        if (format != null && format.isString()) {
            switch (format.stringValue()) {
                case "" -> {}
                case "json" -> options = options.grammar(Grammar.json());
                default -> throw f.wrong("format", format, "json or a JSON schema");
            }
        } else if (format != null) {
            options = options.grammar(Grammar.jsonSchema(format));
        }
        return options;
    }

    private static ObjectNode head(String model) {
        return Exchange.object()
                .put("model", model)
                .put("created_at", Instant.now().toString());
    }

    /** An answer, or a piece of one, as an endpoint writes it. */
    @FunctionalInterface
    private interface Shape {
        ObjectNode of(WholeAnswer answer);
    }

    private static void answer(
            Exchange x, Models.Entry entry, Model model, Dialogue dialogue, boolean stream, Shape shape)
            throws IOException {
        long begin = System.nanoTime();
        Generation generation = x.work(entry.name()).start(model, dialogue.prompt(), dialogue.options());
        if (!stream) {
            WholeAnswer answer = new WholeAnswer();
            ObjectNode[] end = new ObjectNode[1];
            Choices.read(x.work(), List.of(generation), dialogue, (i, parts, e) -> {
                answer.add(parts);
                if (e instanceof TokenEvent.Finished f) {
                    end[0] = end(shape.of(answer), f, begin, x.loadNanos());
                }
            });
            x.json(end[0]);
            return;
        }
        EventStream lines = x.lines();
        WholeAnswer calls = new WholeAnswer(); // this API sends calls whole
        Choices.read(x.work(), List.of(generation), dialogue, (i, parts, e) -> {
            for (AnswerPart part : parts) {
                if (part instanceof AnswerPart.CallStart || part instanceof AnswerPart.CallArguments) {
                    calls.add(List.of(part));
                } else {
                    WholeAnswer piece = new WholeAnswer();
                    piece.add(List.of(part));
                    lines.send(shape.of(piece).put("done", false));
                }
            }
            if (e instanceof TokenEvent.Finished f) {
                if (!calls.calls().isEmpty()) {
                    lines.send(shape.of(calls).put("done", false));
                }
                lines.send(end(shape.of(new WholeAnswer()), f, begin, x.loadNanos()));
            }
        });
        lines.close();
    }

    /** Durations are nanoseconds. */
    private static ObjectNode end(ObjectNode json, TokenEvent.Finished f, long begin, long load) {
        return json.put("done_reason", f.reason().text())
                .put("done", true)
                .put("total_duration", System.nanoTime() - begin + load)
                .put("load_duration", load)
                .put("prompt_eval_count", f.usage().promptTokens())
                .put("prompt_eval_duration", nanos(f.timings().prefill()))
                .put("eval_count", f.usage().completionTokens())
                .put("eval_duration", nanos(f.timings().decode()));
    }

    private static long nanos(double seconds) {
        return Math.round(seconds * 1e9);
    }
}
