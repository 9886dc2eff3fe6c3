package io.jandaia.cli.chat;

import io.jandaia.cli.language.Texts;
import io.jandaia.error.JandaiaException;
import io.jandaia.model.chat.Message;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A conversation in a JSON file: {@code {"model", "system", "parameters": {name: [value]}, "messages": [...]}}. */
final class TranscriptFile {

    private static final long MAX_BYTES = 64L << 20;

    private final Path path;
    private final Texts texts;

    TranscriptFile(Path path, Texts texts) {
        this.path = path;
        this.texts = texts;
    }

    /** Writes all of it or leaves what was there. */
    void write(Transcript t) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("model", t.model());
        if (!t.system().isEmpty()) {
            json.put("system", t.system());
        }
        ObjectNode parameters = json.putObject("parameters");
        t.parameters().entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(p -> {
            ArrayNode values = parameters.putArray(p.getKey());
            p.getValue().forEach(values::add);
        });
        ArrayNode messages = json.putArray("messages");
        t.messages().forEach(m -> messages.add(JsonMapper.shared().<JsonNode>valueToTree(m.fields())));
        byte[] bytes = (JsonMapper.shared()
                                .writer()
                                .with(SerializationFeature.INDENT_OUTPUT)
                                .writeValueAsString(json) + "\n")
                .getBytes(StandardCharsets.UTF_8);
        Path part = path.resolveSibling(
                "." + path.getFileName() + "." + ProcessHandle.current().pid() + ".part");
        try {
            Files.write(part, bytes);
            Files.move(part, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new JandaiaException(JandaiaException.Kind.RESOURCE, texts.get("chat.save.failed", path, why(e)), e);
        } finally {
            remove(part);
        }
    }

    private static void remove(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            // the error that matters was said, or the file has become the right one
        }
    }

    Transcript read() {
        JsonNode json;
        try {
            if (Files.size(path) > MAX_BYTES) {
                throw texts.usage("chat.load.large", path, Files.size(path), MAX_BYTES);
            }
            json = JsonMapper.shared().readTree(Files.readString(path));
        } catch (IOException e) {
            throw new JandaiaException(JandaiaException.Kind.NOT_FOUND, texts.get("file.unreadable", path, why(e)), e);
        } catch (JacksonException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.FORMAT,
                    texts.get("file.json", path, String.valueOf(e.getOriginalMessage())),
                    e);
        }
        if (!json.isObject() || !json.path("messages").isArray()) {
            throw texts.usage("chat.load.shape", path);
        }
        List<Message> messages = new ArrayList<>();
        for (JsonNode m : json.get("messages")) {
            if (!m.isObject() || !m.path("role").isString()) {
                throw texts.usage("chat.load.message", path, messages.size() + 1);
            }
            messages.add(message(m));
        }
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> p : json.path("parameters").properties()) {
            List<String> values = new ArrayList<>();
            if (p.getValue().isArray()) {
                p.getValue().forEach(v -> values.add(v.asString("")));
            } else {
                values.add(p.getValue().asString(""));
            }
            parameters.put(p.getKey(), values);
        }
        return new Transcript(
                json.path("model").asString(""), json.path("system").asString(""), parameters, messages);
    }

    @SuppressWarnings("unchecked") // a JSON object is a map of strings to values
    private static Message message(JsonNode json) {
        return Message.of((Map<String, @Nullable Object>) JsonMapper.shared().treeToValue(json, Map.class));
    }

    private String why(IOException e) {
        return switch (e) {
            case NoSuchFileException n -> texts.get("file.missing");
            case AccessDeniedException a -> texts.get("file.denied");
            default -> String.valueOf(e.getMessage());
        };
    }
}
