package io.jandaia.server.ollama;

import io.jandaia.server.ApiException;
import io.jandaia.server.Exchange;
import io.jandaia.server.Fields;
import io.jandaia.server.Models;
import io.jandaia.server.Routes;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The paths of this API: those that use models, list them, and bring and remove them. */
public final class Ollama {

    private static final String LATEST = ":latest";

    private Ollama() {}

    public static void addTo(Routes routes, Models models) {
        routes.errors("/api/", Ollama::error);
        Answers answers = new Answers(models);
        routes.work("/api/chat", answers::chat).work("/api/generate", answers::generate);
        Vectors vectors = new Vectors(models);
        routes.work("/api/embed", vectors::embed).work("/api/embeddings", vectors::embeddings);
        Management.addTo(routes, models);
        Creation.addTo(routes, models);
        Listing listing = new Listing(models);
        routes.get("/api/tags", listing::tags)
                .get("/api/ps", listing::running)
                .post("/api/show", listing::show)
                .get("/api/version", listing::version);
    }

    static ObjectNode error(ApiException e) {
        return Exchange.object().put("error", e.sentence());
    }

    /** Clients write {@code name:latest} where they mean a name. */
    static Models.Entry find(Exchange x, Models models, @Nullable String name) {
        if (name == null || !name.endsWith(LATEST) || models.knows(name)) {
            return x.find(models, name);
        }
        return x.find(models, withoutLatest(name));
    }

    /** The name that a request must say. */
    static String name(Fields f) {
        String older = f.text("name");
        String name = f.text("model");
        if (name == null && older == null) {
            throw f.absent("model", "the name of a model");
        }
        return withoutLatest(String.valueOf(name == null ? older : name));
    }

    static String withoutLatest(String name) {
        return name.endsWith(LATEST) ? name.substring(0, name.length() - LATEST.length()) : name;
    }
}
