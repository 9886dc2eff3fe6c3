package io.jandaia.server.ollama;

import io.jandaia.model.Model;
import io.jandaia.model.arch.EncoderSpec;
import io.jandaia.server.Exchange;
import io.jandaia.server.Fields;
import io.jandaia.server.ModelSource;
import io.jandaia.server.Models;
import io.jandaia.server.Resident;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code GET /api/tags}, {@code /api/ps}, {@code /api/version} and {@code POST /api/show}. */
final class Listing {

    /** Ollama's clients write a time so far off as for ever. */
    private static final Instant NEVER = Instant.parse("9999-12-31T23:59:59Z");

    private final Models models;

    Listing(Models models) {
        this.models = models;
    }

    void tags(Exchange x) throws IOException {
        ObjectNode json = Exchange.object();
        ArrayNode all = json.putArray("models");
        for (Models.Entry m : models.all()) {
            Model model = m.model();
            long size = m.source().size() == 0 && model != null
                    ? size(model.path())
                    : m.source().size();
            all.add(entry(m.source(), model, size)
                    .put("modified_at", Instant.ofEpochSecond(m.created()).toString()));
        }
        x.json(json);
    }

    void running(Exchange x) throws IOException {
        ObjectNode json = Exchange.object();
        ArrayNode all = json.putArray("models");
        for (Resident r : models.residents()) {
            Instant expires = r.expires() == null ? NEVER : r.expires();
            all.add(entry(
                            r.source(),
                            r.model(),
                            Math.max(r.bytes(), size(r.model().path())))
                    .put("size_vram", 0)
                    .put("expires_at", expires.toString())
                    .put("context_length", r.model().contextLength()));
        }
        x.json(json);
    }

    private static ObjectNode entry(ModelSource m, @Nullable Model model, long size) {
        ObjectNode json = Exchange.object().put("name", m.name()).put("model", m.name());
        json.put("size", size).put("digest", "");
        json.set("details", details(model));
        return json;
    }

    private static ObjectNode details(@Nullable Model model) {
        ObjectNode json = Exchange.object();
        if (model != null) {
            boolean gguf = model.path().toString().endsWith(".gguf");
            json.put("format", gguf ? "gguf" : "safetensors")
                    .put("family", model.architecture())
                    .put("parameter_size", String.format(Locale.ROOT, "%.1fM", model.parameters() / 1e6))
                    .put("quantization_level", "");
        }
        return json;
    }

    private static long size(Path path) throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(f -> f.toFile().length())
                    .sum();
        }
    }

    void show(Exchange x) throws IOException {
        Fields f = x.fields();
        String older = f.text("name");
        String name = f.text("model");
        f.flag("verbose", false);
        Models.Entry entry = Ollama.find(models, name == null ? older : name);
        Model model = entry.open(x);
        x.complete(f);
        ObjectNode json =
                Exchange.object().put("template", model.text().template().orElse(""));
        json.set("details", details(model));
        json.putObject("model_info")
                .put("general.architecture", model.architecture())
                .put("general.parameter_count", model.parameters())
                .put(model.architecture() + ".context_length", model.contextLength());
        json.putArray("capabilities").add(model.modelSpec() instanceof EncoderSpec ? "embedding" : "completion");
        x.json(json);
    }

    void version(Exchange x) throws IOException {
        String version = Listing.class.getPackage().getImplementationVersion();
        x.json(Exchange.object().put("version", version == null ? "0.0.0" : version));
    }
}
