package io.jandaia.server.ollama;

import io.jandaia.server.ApiException;
import io.jandaia.server.EventStream;
import io.jandaia.server.Exchange;
import io.jandaia.server.Fields;
import io.jandaia.server.Models;
import io.jandaia.server.Preset;
import io.jandaia.server.Routes;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /api/create} and {@code /api/copy}: models that are made of others, which keep their weights. */
final class Creation {

    /** What Ollama makes models of besides, and what to do instead here. */
    private static final Map<String, String> ELSEWHERE = new LinkedHashMap<>();

    static {
        ELSEWHERE.put(
                "template",
                "is a template in Ollama's own language; here a model's template comes with its files. Leave the field out.");
        ELSEWHERE.put(
                "adapters",
                "asks for adapters; they are loaded with their model: start the server with --adapter, and name one in"
                        + " requests, in the field 'adapter'.");
        String quantize = "asks for smaller weights; 'jandaia quantize' makes them on this machine, and 'jandaia serve'"
                + " serves the file. Leave the field out.";
        ELSEWHERE.put("quantize", quantize);
        ELSEWHERE.put("quantization", quantize);
        ELSEWHERE.put(
                "files",
                "asks for a model of files that were uploaded; bring one of the Hub here with 'jandaia pull' or /api/pull,"
                        + " and name it in 'from'.");
        String parts =
                "is an older form; send what it says in the fields from, system, parameters, messages and license.";
        ELSEWHERE.put("modelfile", parts);
        ELSEWHERE.put("path", parts);
    }

    private final Models models;

    private Creation(Models models) {
        this.models = models;
    }

    static void addTo(Routes routes, Models models) {
        Creation creation = new Creation(models);
        routes.manage("POST", "/api/create", creation::create).manage("POST", "/api/copy", creation::copy);
    }

    private void create(Exchange x) throws IOException {
        Fields f = x.fields();
        String name = Ollama.name(f);
        boolean stream = f.flag("stream", true);
        ELSEWHERE.forEach((field, instead) -> {
            JsonNode value = f.get(field);
            if (value != null && !(value.isString() ? value.stringValue().isEmpty() : value.isEmpty())) {
                throw ApiException.unsupported(field, "The field '" + field + "' " + instead);
            }
        });
        Models.Entry from = Ollama.find(x, models, f.needText("from"));
        Preset preset = from.preset().with(f);
        x.complete(f);
        models.derive("model", name, from, preset);
        if (!stream) {
            x.json(status("success"));
            return;
        }
        try (EventStream lines = x.lines()) {
            for (String step : new String[] {"reading model metadata", "writing manifest", "success"}) {
                lines.send(status(step));
            }
        }
    }

    private static ObjectNode status(String text) {
        return Exchange.object().put("status", text);
    }

    private void copy(Exchange x) throws IOException {
        Fields f = x.fields();
        Models.Entry source = Ollama.find(x, models, f.needText("source"));
        String name = Ollama.withoutLatest(f.needText("destination"));
        x.complete(f);
        models.derive("destination", name, source, source.preset());
        x.done();
    }
}
