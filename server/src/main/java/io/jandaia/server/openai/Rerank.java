package io.jandaia.server.openai;

import io.jandaia.model.Model;
import io.jandaia.model.Ranked;
import io.jandaia.model.TextTokens;
import io.jandaia.server.ApiException;
import io.jandaia.server.Endpoint;
import io.jandaia.server.Exchange;
import io.jandaia.server.Fields;
import io.jandaia.server.Models;
import io.jandaia.server.Work;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code POST /v1/rerank}, as Jina and Cohere defined it: texts by how well they answer a query, from 0 to 1, or with
 * {@code raw_scores} as the model computed it.
 */
final class Rerank implements Endpoint {

    private static final int MOST = 2048;

    private final Models models;

    Rerank(Models models) {
        this.models = models;
    }

    @Override
    public void answer(Exchange x) throws IOException {
        Fields f = x.fields();
        Models.Entry entry = x.find(models, f.text("model"));
        Model model = entry.open(x);
        String query = f.needText("query");
        List<String> texts = new ArrayList<>();
        for (JsonNode d : f.list("documents")) {
            JsonNode text = d.isObject() ? d.path("text") : d;
            if (!text.isString()) {
                throw f.wrong("documents", d, "texts, or objects with a text");
            }
            texts.add(text.stringValue());
        }
        if (texts.isEmpty()) {
            throw f.absent("documents", "a list of at least one text");
        }
        if (texts.size() > MOST) {
            throw ApiException.field(
                    "documents", "The request has " + texts.size() + " documents; the limit is " + MOST + ".");
        }
        int top = f.whole("top_n", texts.size(), 1, Integer.MAX_VALUE);
        boolean returned = f.flag("return_documents", true);
        boolean raw = f.flag("raw_scores", false);
        boolean truncate = f.flag("truncate", false);
        x.complete(f);

        List<String> notes = new ArrayList<>();
        List<TextTokens> pairs = new ArrayList<>();
        for (String text : texts) {
            TextTokens pair = model.tokens(query, text);
            pairs.add(truncate ? model.cut(pair, "Document " + (pairs.size() + 1), notes) : pair);
        }
        Work work = x.work(entry.name());
        ObjectNode json = Exchange.object().put("model", entry.name());
        ArrayNode results = json.putArray("results");
        for (Ranked r : x.reading(() -> model.rank(pairs)).stream().limit(top).toList()) {
            double score = raw ? r.score() : 1 / (1 + Math.exp(-r.score()));
            ObjectNode one = results.addObject().put("index", r.index()).put("relevance_score", score);
            if (returned) {
                one.putObject("document").put("text", texts.get(r.index()));
            }
        }
        int tokens = pairs.stream().mapToInt(TextTokens::size).sum();
        work.read(tokens);
        x.json(TextInputs.add(json, notes, tokens));
    }
}
