package io.jandaia.server;

import io.jandaia.model.GenerateOptions;
import io.jandaia.model.chat.Message;
import io.jandaia.model.sampling.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a derived model has beside its base. Unchangeable.
 *
 * @param system the system's message of conversations that bring none; empty = none
 * @param parameters settings where a request leaves them out, by the names of Ollama's {@code options}
 * @param messages the conversation that goes before each request's
 * @param license empty = the base's
 */
public record Preset(String system, ObjectNode parameters, ArrayNode messages, String license) {

    /** Of a model that is nobody's derivation. */
    public static final Preset NONE =
            new Preset("", Exchange.object(), Exchange.object().arrayNode(), "");

    private static final int MOST_CHARACTERS = 1 << 20;

    /**
     * What JSON says, of a request or of the file.
     *
     * @throws ApiException 400 where it cannot be
     */
    static Preset read(Fields f) {
        ObjectNode parameters = parameters(f);
        String system = f.text("system");
        ArrayNode messages = Exchange.object().arrayNode();
        system = conversation(f, system == null ? "" : system, messages);
        Preset preset = new Preset(system, parameters, messages, String.join("\n", f.texts("license")));
        int size = preset.json().toString().length();
        if (size > MOST_CHARACTERS) {
            throw ApiException.of(
                    413,
                    "request_too_large",
                    "The system's message, parameters, messages and license have " + size
                            + " characters together; the limit is " + MOST_CHARACTERS + ". Shorten them.");
        }
        return preset;
    }

    private static ObjectNode parameters(Fields f) {
        ObjectNode parameters = Exchange.object();
        Fields given = f.object("parameters");
        if (given == null || !(f.get("parameters") instanceof ObjectNode all)) {
            return parameters;
        }
        settings(given); // which checks them
        List<String> unknown = given.ignored();
        if (!unknown.isEmpty()) {
            throw ApiException.unsupported(
                    unknown.getFirst(),
                    "No setting here is called " + String.join(", ", unknown)
                            + "; expected those that 'options' has in /api/chat, such as temperature, top_p, seed, stop"
                            + " and num_predict. Leave out what is not among them.");
        }
        for (Map.Entry<String, JsonNode> e : all.properties()) {
            if (!e.getValue().isNull()) {
                parameters.set(usual(e.getKey()), e.getValue());
            }
        }
        return parameters;
    }

    /** One name for a setting that has two, or one of them would hide the other. */
    private static String usual(String name) {
        return name.equals("repetition_penalty") ? "repeat_penalty" : name;
    }

    /** Clients send the system's message among the others too; it is kept once. */
    private static String conversation(Fields f, String given, ArrayNode to) {
        String system = given;
        List<JsonNode> list = f.list("messages");
        List<Message> read = list.isEmpty() ? List.of() : Messages.read(f);
        for (int i = 0; i < read.size(); i++) {
            Message m = read.get(i);
            String place = "messages[" + i + "]";
            switch (m.role()) {
                case "user", "assistant", "tool" -> to.add(list.get(i));
                case "system" -> {
                    if (!system.isEmpty() && !system.equals(m.content())) {
                        throw ApiException.field(
                                place,
                                "'" + place
                                        + "' is a second message of the system; expected one, in the field 'system'.");
                    }
                    system = m.content();
                }
                default ->
                    throw ApiException.field(
                            place,
                            "'" + place + "' has the role '" + m.role()
                                    + "'; expected user, assistant, tool or system.");
            }
        }
        return system;
    }

    /** This with what a request for a new model says: parameters are added, the rest is in the place of this one's. */
    public Preset with(Fields f) {
        ObjectNode all = json();
        for (String name : List.of("system", "messages", "license")) {
            JsonNode value = f.get(name);
            if (value != null) {
                all.set(name, value);
            }
        }
        JsonNode more = f.get("parameters");
        if (more instanceof ObjectNode given) {
            ObjectNode both = parameters.deepCopy();
            given.properties().forEach(e -> both.set(usual(e.getKey()), e.getValue()));
            all.set("parameters", both);
        } else if (more != null) {
            all.set("parameters", more);
        }
        return read(Fields.of(all));
    }

    ObjectNode json() {
        ObjectNode json = Exchange.object().put("system", system).put("license", license);
        json.set("parameters", parameters.deepCopy());
        json.set("messages", messages.deepCopy());
        return json;
    }

    private static GenerateOptions settings(Fields f) {
        return GenerationFields.limited(f, GenerationFields.settings(f, GenerateOptions.DEFAULT));
    }

    /** What a request says, and where it is silent what this does. */
    public GenerateOptions options(GenerateOptions request) {
        return parameters.isEmpty()
                ? request
                : new GenerateOptions(
                        request.settings().over(settings(Fields.of(parameters)).settings()),
                        request.adapter(),
                        request.grammar(),
                        request.form(),
                        request.handling());
    }

    /** This without one of its parameters. */
    public Preset without(String parameter) {
        return new Preset(system, parameters.deepCopy().without(parameter), messages, license);
    }

    /** A request's messages with this one's before them; the system's come first, and the request's own rather than this one's. */
    public List<Message> messages(List<Message> request) {
        boolean silent = system.isEmpty() || request.stream().anyMatch(Preset::isSystem);
        if (silent && messages.isEmpty()) {
            return request;
        }
        List<Message> all = new ArrayList<>();
        if (!silent) {
            all.add(Message.system(system));
        }
        int first = 0;
        while (first < request.size() && isSystem(request.get(first))) {
            all.add(request.get(first++));
        }
        if (!messages.isEmpty()) {
            all.addAll(Messages.read(Fields.of(json())));
        }
        all.addAll(request.subList(first, request.size()));
        return all;
    }

    private static boolean isSystem(Message m) {
        return m.role().equals("system");
    }

    /** The most tokens of an answer, where a request leaves it out. */
    public int longest(int otherwise) {
        var own = settings(Fields.of(parameters)).settings();
        return own.has(Setting.MAX_TOKENS) ? own.get(Setting.MAX_TOKENS) : otherwise;
    }
}
