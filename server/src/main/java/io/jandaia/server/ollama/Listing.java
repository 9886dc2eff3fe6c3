package io.jandaia.server.ollama;

import io.jandaia.model.Infill;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.jandaia.model.ModelFiles;
import io.jandaia.model.ModelText;
import io.jandaia.model.answer.AnswerFormat;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.arch.EncoderDecoderSpec;
import io.jandaia.model.arch.EncoderSpec;
import io.jandaia.model.arch.ModelSpec;
import io.jandaia.server.Exchange;
import io.jandaia.server.Fields;
import io.jandaia.server.ModelSource;
import io.jandaia.server.Models;
import io.jandaia.server.Preset;
import io.jandaia.server.Resident;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code GET /api/tags}, {@code /api/ps}, {@code /api/version} and {@code POST /api/show}. */
final class Listing {

    /** Ollama's clients write a time so far off as for ever. */
    private static final Instant NEVER = Instant.parse("9999-12-31T23:59:59Z");

    private static final long MOST_LICENSE = 1 << 20;

    private final Models models;

    Listing(Models models) {
        this.models = models;
    }

    void tags(Exchange x) throws IOException {
        ObjectNode json = Exchange.object();
        ArrayNode all = json.putArray("models");
        for (Models.Entry m : x.seen(models)) {
            Model model = m.model();
            long size = m.source().size() == 0 && model != null
                    ? size(model.path())
                    : m.source().size();
            String digest = digest(m.source(), m.derived() == null ? "" : m.name() + m.derived());
            ObjectNode one = entry(m.name(), digest, model, size)
                    .put("modified_at", Instant.ofEpochSecond(m.created()).toString());
            parent(one, m);
            all.add(one);
        }
        x.json(json);
    }

    void running(Exchange x) throws IOException {
        ObjectNode json = Exchange.object();
        ArrayNode all = json.putArray("models");
        for (Resident r : models.residents()) {
            if (!x.caller().mayUse(r.source().name())) {
                continue;
            }
            Instant expires = r.expires() == null ? NEVER : r.expires();
            all.add(entry(
                            r.source().name(),
                            digest(r.source(), ""),
                            r.model(),
                            Math.max(r.bytes(), size(r.model().path())))
                    .put("size_vram", 0)
                    .put("expires_at", expires.toString())
                    .put("context_length", r.model().contextLength()));
        }
        x.json(json);
    }

    private static ObjectNode entry(String name, String digest, @Nullable Model model, long size) {
        ObjectNode json = Exchange.object().put("name", name).put("model", name);
        json.put("size", size).put("digest", digest);
        json.set("details", details(model));
        return json;
    }

    /** Changes when the files do, and is no hash of their bytes: reading them all would take minutes. */
    private static String digest(ModelSource m, String derived) {
        String what = m.name() + "\n" + m.path() + "\n" + m.size() + "\n" + m.created() + derived;
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(what.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** What a derived model is made of, in its details. */
    private static void parent(ObjectNode json, Models.Entry entry) {
        if (entry.derived() != null && json.get("details") instanceof ObjectNode details) {
            details.put("parent_model", entry.derived().base());
        }
    }

    private static ObjectNode details(@Nullable Model model) {
        return model == null ? Exchange.object() : details(model.path(), model.architecture(), model.parameters());
    }

    private static ObjectNode details(Path path, String architecture, long parameters) {
        boolean gguf = path.toString().endsWith(".gguf");
        return Exchange.object()
                .put("format", gguf ? "gguf" : "safetensors")
                .put("family", architecture)
                .put("parameter_size", String.format(Locale.ROOT, "%.1fM", parameters / 1e6))
                .put("quantization_level", "");
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
        Models.Entry entry = Ollama.find(x, models, name == null ? older : name);
        x.complete(f);
        Path path = entry.source().path();
        if (path == null || entry.model() != null) {
            Model model = entry.open(x);
            show(x, entry, model.path(), model.architecture(), model.parameters(), model.modelSpec(), model.text());
            return;
        }
        try (ModelFiles files = ModelFiles.open(path, LoadOptions.DEFAULT)) { // its weights are not needed
            show(x, entry, path, files.architecture(), files.parameters(), files.modelSpec(), files.text(null));
        }
    }

    private static void show(
            Exchange x,
            Models.Entry entry,
            Path path,
            String architecture,
            long parameters,
            ModelSpec spec,
            ModelText text)
            throws IOException {
        Preset preset = entry.preset();
        ObjectNode json = Exchange.object()
                .put("modelfile", Modelfile.of(entry))
                .put("license", preset.license().isEmpty() ? license(path) : preset.license())
                .put("template", text.template().orElse(""))
                .put("modified_at", Instant.ofEpochSecond(entry.created()).toString());
        if (!preset.system().isEmpty()) {
            json.put("system", preset.system());
        }
        if (!preset.parameters().isEmpty()) {
            json.put("parameters", Modelfile.parameters(preset));
        }
        if (!preset.messages().isEmpty()) {
            json.set("messages", preset.messages());
        }
        json.set("details", details(path, architecture, parameters));
        parent(json, entry);
        json.putObject("model_info")
                .put("general.architecture", architecture)
                .put("general.parameter_count", parameters)
                .put(
                        architecture + ".context_length",
                        switch (spec) {
                            case DecoderSpec d -> d.contextLength();
                            case EncoderSpec e -> e.contextLength();
                            case EncoderDecoderSpec b -> b.encoder().contextLength();
                        });
        ArrayNode able = json.putArray("capabilities");
        if (spec instanceof EncoderSpec) {
            able.add("embedding");
        } else {
            able.add("completion");
            AnswerFormat answers = text.answers(true);
            if (answers.calls() != null) {
                able.add("tools");
            }
            if (answers.reasoning() != null) {
                able.add("thinking");
            }
            if (Infill.of(text.tokenizer()).isPresent()) {
                able.add("insert");
            }
        }
        x.json(json);
    }

    private static String license(Path path) throws IOException {
        Path file = (Files.isDirectory(path) ? path : path.resolveSibling("")).resolve("LICENSE");
        return Files.isRegularFile(file) && Files.size(file) < MOST_LICENSE ? Files.readString(file) : "";
    }

    void version(Exchange x) throws IOException {
        String version = Listing.class.getPackage().getImplementationVersion();
        x.json(Exchange.object().put("version", version == null ? "0.0.0" : version));
    }
}
