package io.jandaia.server.openai;

import io.jandaia.model.Classification;
import io.jandaia.model.Model;
import io.jandaia.model.TextTokens;
import io.jandaia.model.TokenLabels;
import io.jandaia.server.ApiException;
import io.jandaia.server.Endpoint;
import io.jandaia.server.Exchange;
import io.jandaia.server.Fields;
import io.jandaia.server.Models;
import io.jandaia.server.Work;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code POST /v1/classify}, as vLLM has it: the likeliest label of each text and the probabilities of all, with their names
 * ({@code labels}). A model that labels tokens gives each token's label, and the words that they come to
 * ({@code entities}). With {@code logits}, what the model computed too.
 */
final class Classify implements Endpoint {

    private static final int MOST = 2048;

    private final Models models;

    Classify(Models models) {
        this.models = models;
    }

    /** One of the texts. */
    private record Input(@Nullable String text, @Nullable TextTokens ids) {}

    @Override
    public void answer(Exchange x) throws IOException {
        Fields f = x.fields();
        Models.Entry entry = x.find(models, f.text("model"));
        Model model = entry.open(x);
        List<Input> inputs =
                Prompts.read(f, "input", text -> new Input(text, null), ids -> new Input(null, TextTokens.of(ids)));
        boolean logits = f.flag("logits", false);
        boolean truncate = f.flag("truncate", false);
        x.complete(f);
        if (inputs.size() > MOST) {
            throw ApiException.field(
                    "input", "The request has " + inputs.size() + " texts; the limit is " + MOST + ". Send several.");
        }

        List<String> notes = new ArrayList<>();
        List<TextTokens> tokens = new ArrayList<>();
        for (Input input : inputs) {
            TextTokens t = input.ids != null ? input.ids : model.tokens(String.valueOf(input.text));
            tokens.add(truncate ? model.cut(t, "Text " + (tokens.size() + 1), notes) : t);
        }
        Work work = x.work(entry.name());
        ObjectNode json = Exchange.object()
                .put("id", "classify-" + x.id().substring(4))
                .put("object", "list")
                .put("created", System.currentTimeMillis() / 1000)
                .put("model", entry.name());
        ArrayNode data = json.putArray("data");
        if (model.labelsTokens()) {
            for (int i = 0; i < inputs.size(); i++) {
                TextTokens one = tokens.get(i);
                @Nullable String text = inputs.get(i).text;
                add(data.addObject().put("index", i), x.reading(() -> model.classifyTokens(one, text)), logits);
            }
        } else {
            for (Classification c : x.reading(() -> model.classifyAll(tokens))) {
                add(data.addObject().put("index", data.size() - 1), c, logits);
            }
        }
        int read = tokens.stream().mapToInt(TextTokens::size).sum();
        work.read(read);
        if (!notes.isEmpty()) {
            json.putPOJO("notes", notes);
        }
        json.putObject("usage").put("prompt_tokens", read).put("total_tokens", read);
        x.json(json);
    }

    private static void add(ObjectNode one, Classification c, boolean logits) {
        one.put("label", c.label());
        set(one, "probs", c.scores());
        one.put("num_classes", c.labels().size());
        set(one, "labels", c.labels());
        if (logits) {
            set(one, "logits", c.logits());
        }
    }

    private static void add(ObjectNode one, TokenLabels t, boolean logits) {
        ArrayNode entities = one.putArray("entities");
        for (TokenLabels.Entity e : t.entities()) {
            entities.addObject()
                    .put("label", e.kind())
                    .put("score", e.score())
                    .put("start", e.start())
                    .put("end", e.end())
                    .put("text", e.text());
        }
        set(one, "token_ids", t.tokens().ids());
        set(one, "labels", t.labels());
        set(one, "probs", t.scores());
        if (logits) {
            set(one, "logits", t.logits());
        }
    }

    private static void set(ObjectNode one, String name, Object value) {
        one.set(name, JsonMapper.shared().valueToTree(value));
    }
}
