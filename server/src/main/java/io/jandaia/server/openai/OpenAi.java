package io.jandaia.server.openai;

import io.jandaia.model.Model;
import io.jandaia.server.ApiException;
import io.jandaia.server.Endpoint;
import io.jandaia.server.Exchange;
import io.jandaia.server.Models;
import io.jandaia.server.Routes;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The paths of this API. Clients that were given an address without {@code /v1} find them too. */
public final class OpenAi {
    private OpenAi() {}

    public static void addTo(Routes routes, Models models) {
        routes.errors("", OpenAi::error);
        work(routes, "/chat/completions", new ChatCompletions(models));
        work(routes, "/completions", new Completions(models));
        work(routes, "/responses", new Responses(models));
        work(routes, "/embeddings", new Embeddings(models));
        work(routes, "/rerank", new Rerank(models));
        work(routes, "/classify", new Classify(models));
        work(routes, "/fill", new Fill(models));
        for (String prefix : new String[] {"/v1", ""}) {
            routes.get(prefix + "/models", e -> e.json(list(e, models)));
            routes.get(prefix + "/models/*", e -> e.json(entry(e.rest(), e.find(models, e.rest()))));
        }
        TokenTools.addTo(routes, models);
    }

    private static void work(Routes routes, String path, Endpoint endpoint) {
        routes.work("/v1" + path, endpoint).work(path, endpoint);
    }

    /** The models that the caller may use, and further names of them. */
    private static ObjectNode list(Exchange x, Models models) {
        ObjectNode json = Exchange.object().put("object", "list");
        ArrayNode data = json.putArray("data");
        x.seen(models).forEach(m -> data.add(entry(m.name(), m)));
        for (String alias : models.aliases()) {
            Models.Entry m = models.knows(alias) ? models.find(alias) : null;
            if (m != null && x.caller().mayUse(m.name())) {
                data.add(entry(alias, m));
            }
        }
        return json;
    }

    /** @param name under which it was asked for */
    private static ObjectNode entry(String name, Models.Entry m) {
        ObjectNode json = Exchange.object()
                .put("id", name)
                .put("object", "model")
                .put("created", m.created())
                .put("owned_by", "jandaia")
                .put("status", m.status());
        if (!name.equals(m.name())) {
            json.put("alias_of", m.name());
        }
        if (m.derived() != null) {
            json.put("parent", m.derived().base());
        }
        Model model = m.model();
        if (model != null) {
            json.put("max_model_len", model.contextLength());
        }
        return json;
    }

    /** An error as this API writes it. */
    public static ObjectNode error(ApiException e) {
        ObjectNode json = Exchange.object();
        json.putObject("error")
                .put("message", e.sentence())
                .put("type", type(e.status()))
                .put("param", e.parameter())
                .put("code", e.code());
        return json;
    }

    private static String type(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 429 -> "rate_limit_error";
            default -> status < 500 ? "invalid_request_error" : "server_error";
        };
    }
}
