package io.jandaia.server.openai;

import io.jandaia.model.Classification;
import io.jandaia.model.Model;
import io.jandaia.model.TextTokens;
import io.jandaia.model.TokenLabels;
import io.jandaia.server.Endpoint;
import io.jandaia.server.Exchange;
import io.jandaia.server.Fields;
import io.jandaia.server.Models;
import io.jandaia.server.Work;
import java.io.IOException;
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

    private final Models models;

    Classify(Models models) {
        this.models = models;
    }

    @Override
    public void answer(Exchange x) throws IOException {
        Fields f = x.fields();
        Models.Entry entry = x.find(models, f.text("model"));
        Model model = entry.open(x);
        TextInputs inputs = TextInputs.read(f, model);
        boolean logits = f.flag("logits", false);
        x.complete(f);

        Work work = x.work(entry.name());
        ObjectNode json = Exchange.object()
                .put("id", "classify-" + x.id().substring(4))
                .put("object", "list")
                .put("created", System.currentTimeMillis() / 1000)
                .put("model", entry.name());
        ArrayNode data = json.putArray("data");
        if (model.labelsTokens()) {
            for (int i = 0; i < inputs.size(); i++) {
                TextTokens one = inputs.tokens().get(i);
                @Nullable String text = inputs.text(i);
                add(data.addObject().put("index", i), x.reading(() -> model.classifyTokens(one, text)), logits);
            }
        } else {
            for (Classification c : x.reading(() -> model.classifyAll(inputs.tokens()))) {
                add(data.addObject().put("index", data.size() - 1), c, logits);
            }
        }
        work.read(inputs.read());
        x.json(inputs.addTo(json));
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
