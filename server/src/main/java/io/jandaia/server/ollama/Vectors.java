package io.jandaia.server.ollama;

import io.jandaia.model.EmbedOptions;
import io.jandaia.model.Embeddings;
import io.jandaia.model.Model;
import io.jandaia.server.Exchange;
import io.jandaia.server.Fields;
import io.jandaia.server.Models;
import io.jandaia.server.Work;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /api/embed} and its older form {@code /api/embeddings}. */
final class Vectors {

    private final Models models;

    Vectors(Models models) {
        this.models = models;
    }

    void embed(Exchange x) throws IOException {
        long begin = System.nanoTime();
        Fields f = x.fields();
        Models.Entry entry = Ollama.find(x, models, f.text("model"));
        Optional<Duration> keep = KeepAlive.read(x, f);
        Model model = entry.open(x);
        keep.ifPresent(time -> models.keep(x, time));
        List<String> texts = f.texts("input");
        EmbedOptions options = EmbedOptions.DEFAULT.truncate(f.flag("truncate", true)); // as Ollama does
        int dimensions = f.whole("dimensions", 0, 0, 1 << 20);
        if (dimensions > 0) {
            options = options.dimensions(dimensions);
        }
        x.complete(f);
        EmbedOptions asked = options;
        Work work = x.work(entry.name());
        Embeddings e =
                texts.isEmpty() ? new Embeddings(List.of(), 0, List.of()) : x.reading(() -> model.embed(texts, asked));
        work.read(e.tokens());
        ObjectNode json = Exchange.object().put("model", entry.name());
        ArrayNode all = json.putArray("embeddings");
        e.vectors().forEach(v -> all.add(JsonMapper.shared().<ArrayNode>valueToTree(v)));
        if (!e.notes().isEmpty()) {
            json.putPOJO("notes", e.notes());
        }
        x.json(json.put("total_duration", System.nanoTime() - begin)
                .put("load_duration", x.loadNanos())
                .put("prompt_eval_count", e.tokens()));
    }

    void embeddings(Exchange x) throws IOException {
        Fields f = x.fields();
        Models.Entry entry = Ollama.find(x, models, f.text("model"));
        Optional<Duration> keep = KeepAlive.read(x, f);
        Model model = entry.open(x);
        keep.ifPresent(time -> models.keep(x, time));
        String prompt = f.needText("prompt");
        x.complete(f);
        Work work = x.work(entry.name());
        Embeddings e = x.reading(() -> model.embed(List.of(prompt), EmbedOptions.DEFAULT.truncate(true)));
        work.read(e.tokens());
        ObjectNode json = Exchange.object();
        json.set("embedding", JsonMapper.shared().valueToTree(e.vectors().getFirst()));
        x.json(json);
    }
}
