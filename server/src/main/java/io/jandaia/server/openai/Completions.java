package io.jandaia.server.openai;

import io.jandaia.model.GenerateOptions;
import io.jandaia.model.Infill;
import io.jandaia.model.Model;
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
import io.jandaia.server.Models;
import io.jandaia.server.Work;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /v1/completions}: goes on with texts, without a template. */
final class Completions implements Endpoint {

    /** What OpenAI's API does where a request does not say. */
    private static final int USUAL_LENGTH = 16;

    private record Prompt(String text, int[] ids) {}

    private final Models models;

    Completions(Models models) {
        this.models = models;
    }

    @Override
    public void answer(Exchange x) throws IOException {
        Fields f = x.fields();
        Models.Entry entry = x.find(models, f.text("model"));
        Model model = entry.open(x);
        boolean echo = f.flag("echo", false);
        String suffix = f.text("suffix");
        String language = f.text("target_language");
        Infill infill = suffix == null || suffix.isEmpty() ? null : infill(model);
        List<Prompt> prompts = Prompts.read(
                f,
                "prompt",
                text -> new Prompt(
                        text,
                        infill == null || suffix == null
                                ? model.sourceTokens(language == null ? text : model.targetPrefix(language) + text)
                                        .ids()
                                : infill.prompt(model.tokenizer(), text, suffix)),
                ids -> {
                    if (infill != null) {
                        throw ApiException.field(
                                "prompt", "With 'suffix' the prompt must be text, since it becomes tokens with it.");
                    }
                    return new Prompt(echo ? model.tokenizer().decode(checked(ids, model), false) : "", ids);
                });
        int n = f.whole("n", 1, 1, ChatCompletions.MOST_CHOICES);
        boolean stream = f.flag("stream", false);
        boolean usage = ChatCompletions.includesUsage(f, stream);
        int logProbs = f.whole("logprobs", -1, 0, 20);
        int most = mostTokens(f, entry.preset().longest(USUAL_LENGTH), echo);
        GenerateOptions options =
                entry.preset().options(GenerationFields.read(f)).handling(x.handling(f));
        if (most >= 0) {
            options = options.maxTokens(Math.max(1, most));
        }
        if (logProbs >= 0) {
            options = options.logProbs(logProbs);
        }
        if (infill != null) {
            Set<Integer> ends = new HashSet<>(infill.ends());
            ends.addAll(options.settings().get(Setting.STOP_IDS));
            options = options.stopIds(ends);
        }
        if (f.whole("best_of", n, 1, ChatCompletions.MOST_CHOICES) != n) {
            throw ApiException.unsupported("best_of", "'best_of' other than 'n' is not something this version has.");
        }
        x.complete(f);

        if ((long) prompts.size() * n > ChatCompletions.MOST_CHOICES) {
            throw ApiException.field(
                    "prompt",
                    "The request wants " + (long) prompts.size() * n + " answers; the limit is "
                            + ChatCompletions.MOST_CHOICES + ". Send several requests.");
        }
        Work work = x.work(entry.name());
        List<Echo> echoed = new ArrayList<>();
        List<Generation> generations = new ArrayList<>();
        int tokens = 0;
        for (Prompt p : prompts) {
            tokens += p.ids.length;
            Echo own = echo ? echo(x, p, model, logProbs, options.adapter()) : Echo.NONE;
            for (int i = 0; i < n; i++) {
                echoed.add(own);
                if (most == 0) {
                    continue; // only the prompt is asked for
                }
                generations.add(work.start(model, p.ids, ChatCompletions.seeded(options, i)));
            }
        }
        if (most == 0) {
            work.read(tokens);
        }
        Answer answer = new Answer(x, entry.name(), model, echoed, new Usage(tokens));
        if (stream) {
            answer.stream(generations, usage);
        } else {
            answer.whole(generations);
        }
    }

    /** The most tokens of an answer; negative where only the model and its context bound it. */
    private static int mostTokens(Fields f, int usual, boolean echo) {
        Integer said = f.whole("max_tokens");
        return said != null && said == -1 ? -1 : f.whole("max_tokens", usual, echo ? 0 : 1, 1 << 24);
    }

    /**
     * What an answer begins with.
     *
     * @param tokens of the prompt, where their log-probabilities are asked for
     */
    private record Echo(String text, List<TokenLogProbs.Scored> tokens) {
        static final Echo NONE = new Echo("", List.of());
    }

    private static Echo echo(Exchange x, Prompt p, Model model, int logProbs, @Nullable String adapter) {
        return logProbs < 0
                ? new Echo(p.text, List.of())
                : new Echo(
                        p.text,
                        TokenLogProbs.prompt(
                                p.ids, x.reading(() -> model.logProbs(p.ids, logProbs, adapter)), model.tokenizer()));
    }

    private static Infill infill(Model model) {
        return Infill.of(model.tokenizer())
                .orElseThrow(() -> ApiException.unsupported(
                        "suffix",
                        "The field 'suffix' asks for what is between two texts; this model has no tokens for that."
                                + " Leave it out, or use a model of code that has them."));
    }

    private static int[] checked(int[] ids, Model model) {
        for (int id : ids) {
            if (id < 0 || id >= model.tokenizer().size()) {
                throw ApiException.field(
                        "prompt",
                        "The token id " + id + " is none of the model's; expected 0 to "
                                + (model.tokenizer().size() - 1) + ".");
            }
        }
        return ids;
    }

    /** What becomes of the events. */
    private static final class Answer {
        private final Exchange x;
        private final String modelName;
        private final Model model;
        private final List<Echo> echoed;
        private final Usage usage;
        private final long created = System.currentTimeMillis() / 1000;

        Answer(Exchange x, String modelName, Model model, List<Echo> echoed, Usage usage) {
            this.x = x;
            this.modelName = modelName;
            this.model = model;
            this.echoed = echoed;
            this.usage = usage;
        }

        private ObjectNode head() {
            return Exchange.object()
                    .put("id", "cmpl-" + x.id().substring(4))
                    .put("object", "text_completion")
                    .put("created", created)
                    .put("model", modelName);
        }

        void whole(List<Generation> generations) throws IOException {
            List<StringBuilder> texts = new ArrayList<>();
            List<List<TokenLogProbs.Scored>> tokens = new ArrayList<>();
            String[] reasons = new String[echoed.size()];
            Arrays.fill(reasons, TokenEvent.FinishReason.LENGTH.text());
            echoed.forEach(e -> {
                texts.add(new StringBuilder(e.text));
                tokens.add(new ArrayList<>(e.tokens));
            });
            Choices.read(x.work(), generations, (i, e) -> {
                switch (e) {
                    case TokenEvent.Token t -> {
                        texts.get(i).append(t.text());
                        if (t.logProbs() != null) {
                            tokens.get(i).add(TokenLogProbs.Scored.of(t));
                        }
                    }
                    case TokenEvent.Finished finished -> {
                        texts.get(i).append(finished.text());
                        reasons[i] = finished.reason().text();
                        usage.add(finished.usage());
                    }
                }
            });
            ObjectNode json = head();
            ArrayNode choices = json.putArray("choices");
            for (int i = 0; i < reasons.length; i++) {
                ObjectNode logProbs =
                        tokens.get(i).isEmpty() ? null : TokenLogProbs.completion(tokens.get(i), model.tokenizer(), 0);
                add(choices, i, texts.get(i).toString(), logProbs, reasons[i]);
            }
            json.set("usage", usage.json(x.work()));
            x.json(json);
        }

        private static void add(
                ArrayNode choices, int index, String text, @Nullable ObjectNode logProbs, @Nullable String reason) {
            choices.addObject()
                    .put("text", text)
                    .put("index", index)
                    .set("logprobs", logProbs)
                    .put("finish_reason", reason);
        }

        void stream(List<Generation> generations, boolean withUsage) throws IOException {
            EventStream events = x.stream();
            int[] offsets = new int[echoed.size()];
            for (int i = 0; i < echoed.size(); i++) {
                Echo echo = echoed.get(i);
                if (!echo.text.isEmpty()) {
                    offsets[i] = echo.text.length();
                    ObjectNode logProbs =
                            echo.tokens.isEmpty() ? null : TokenLogProbs.completion(echo.tokens, model.tokenizer(), 0);
                    String reason = generations.isEmpty() ? TokenEvent.FinishReason.LENGTH.text() : null;
                    events.send(chunk(i, echo.text, logProbs, reason, withUsage));
                }
            }
            Choices.read(x.work(), generations, (i, e) -> {
                switch (e) {
                    case TokenEvent.Token t -> {
                        ObjectNode logProbs = t.logProbs() == null
                                ? null
                                : TokenLogProbs.completion(
                                        List.of(TokenLogProbs.Scored.of(t)), model.tokenizer(), offsets[i]);
                        offsets[i] += t.text().length();
                        if (!t.text().isEmpty() || logProbs != null) {
                            events.send(chunk(i, t.text(), logProbs, null, withUsage));
                        }
                    }
                    case TokenEvent.Finished finished -> {
                        usage.add(finished.usage());
                        events.send(chunk(
                                i, finished.text(), null, finished.reason().text(), withUsage));
                    }
                }
            });
            if (withUsage) {
                ObjectNode last = head();
                last.putArray("choices");
                last.set("usage", usage.json(x.work()));
                events.send(last);
            }
            events.done();
            events.close();
        }

        private ObjectNode chunk(
                int index, String text, @Nullable ObjectNode logProbs, @Nullable String reason, boolean withUsage) {
            ObjectNode json = head();
            add(json.putArray("choices"), index, text, logProbs, reason);
            if (withUsage) {
                json.putNull("usage");
            }
            return json;
        }
    }
}
