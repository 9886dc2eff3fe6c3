package io.jandaia.server.ollama;

import io.jandaia.model.GenerateOptions;
import io.jandaia.model.Model;
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
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /api/chat} and {@code /api/generate}. */
final class Answers {

    private final Models models;

    Answers(Models models) {
        this.models = models;
    }

    void chat(Exchange x) throws IOException {
        Fields f = x.fields();
        Models.Entry entry = Ollama.find(models, f.text("model"));
        Function<String, ObjectNode> shape = text -> {
            ObjectNode json = head(entry.name());
            json.putObject("message").put("role", "assistant").put("content", text);
            return json;
        };
        Optional<Duration> keep = KeepAlive.read(f);
        List<Message> messages = f.list("messages").isEmpty() ? List.of() : Messages.read(f);
        if (messages.isEmpty() && unloads(x, f, entry, keep, shape)) {
            return;
        }
        Model model = entry.open(x);
        keep.ifPresent(time -> models.keep(x, time));
        GenerationFields.refuse(f, "tools", "tool calls");
        GenerateOptions options = options(f);
        boolean stream = f.flag("stream", true);
        Inputs inputs = Inputs.NONE.generate(true);
        JsonNode think = f.get("think");
        if (think != null) {
            inputs = inputs.set("enable_thinking", !think.isBoolean() || think.booleanValue());
        }
        x.complete(f);
        if (messages.isEmpty()) { // how clients ask for a model to be loaded
            x.json(shape.apply("").put("done_reason", "load").put("done", true));
            return;
        }
        answer(x, entry, model, model.text().prompt(messages, inputs), options, stream, shape);
    }

    void generate(Exchange x) throws IOException {
        Fields f = x.fields();
        Models.Entry entry = Ollama.find(models, f.text("model"));
        Function<String, ObjectNode> shape = text -> head(entry.name()).put("response", text);
        Optional<Duration> keep = KeepAlive.read(f);
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
        GenerateOptions options = options(f);
        boolean stream = f.flag("stream", true);
        x.complete(f);
        if (prompt == null || prompt.isEmpty()) {
            x.json(shape.apply("").put("done_reason", "load").put("done", true));
            return;
        }
        answer(x, entry, model, tokens(model, prompt, system, raw), options, stream, shape);
    }

    /** Where nothing is asked and the model is to stay for no time, it goes. */
    private boolean unloads(
            Exchange x, Fields f, Models.Entry entry, Optional<Duration> keep, Function<String, ObjectNode> shape)
            throws IOException {
        if (keep.isEmpty() || !keep.get().isZero()) {
            return false;
        }
        x.complete(f);
        models.unload(entry.name());
        x.json(shape.apply("").put("done_reason", "unload").put("done", true));
        return true;
    }

    private static int[] tokens(Model model, String prompt, @Nullable String system, boolean raw) {
        if (raw || !model.text().hasTemplate()) {
            return model.sourceTokens(system == null || system.isEmpty() ? prompt : system + "\n\n" + prompt)
                    .ids();
        }
        List<Message> messages = new ArrayList<>();
        if (system != null && !system.isEmpty()) {
            messages.add(Message.system(system));
        }
        messages.add(Message.user(prompt));
        return model.prompt(messages);
    }

    /** Ollama's options have llama.cpp's names; {@code format} is a form of the answer. */
    private static GenerateOptions options(Fields f) {
        Fields o = f.object("options");
        GenerateOptions options = o == null ? GenerateOptions.DEFAULT : GenerationFields.read(o);
        if (o != null) {
            Integer most = o.whole("num_predict");
            if (most != null && most > 0) { // -1 and -2: as many as fit
                options = options.maxTokens(most);
            }
        }
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

    private static void answer(
            Exchange x,
            Models.Entry entry,
            Model model,
            int[] prompt,
            GenerateOptions options,
            boolean stream,
            Function<String, ObjectNode> shape)
            throws IOException {
        long begin = System.nanoTime();
        Generation generation = x.work(entry.name()).add(model.stream(prompt, options));
        if (!stream) {
            StringBuilder text = new StringBuilder();
            ObjectNode[] end = new ObjectNode[1];
            Choices.read(x.work(), List.of(generation), (i, e) -> {
                switch (e) {
                    case TokenEvent.Token t -> text.append(t.text());
                    case TokenEvent.Finished f ->
                        end[0] = end(shape.apply(text.append(f.text()).toString()), f, begin, x.loadNanos());
                }
            });
            x.json(end[0]);
            return;
        }
        EventStream lines = x.lines();
        Choices.read(x.work(), List.of(generation), (i, e) -> {
            String text = e instanceof TokenEvent.Token t ? t.text() : ((TokenEvent.Finished) e).text();
            if (!text.isEmpty()) {
                lines.send(shape.apply(text).put("done", false));
            }
            if (e instanceof TokenEvent.Finished f) {
                lines.send(end(shape.apply(""), f, begin, x.loadNanos()));
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
