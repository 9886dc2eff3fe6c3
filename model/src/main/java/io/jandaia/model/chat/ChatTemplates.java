package io.jandaia.model.chat;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The templates that a model brings, by name: nearly always one called {@code default}, sometimes {@code tool_use} and
 * {@code rag} beside it. Nothing is parsed before it is selected.
 *
 * @param sources Jinja by name; empty if the model has none
 */
public record ChatTemplates(Map<String, String> sources) {

    private static final String DEFAULT = "default";
    private static final String GGUF_KEY = "tokenizer.chat_template";
    /** Real templates have up to 20 kB. */
    private static final long MAX_BYTES = 4 << 20;

    public ChatTemplates {
        sources = Collections.unmodifiableMap(new LinkedHashMap<>(sources));
    }

    /**
     * The templates in a model's folder: {@code chat_template.jinja} with {@code additional_chat_templates/*.jinja}, else
     * {@code chat_template} in {@code tokenizer_config.json} (a string, or a list of {@code {name, template}}), else
     * {@code chat_template.json}. Without any of them the result is empty. Errors: FORMAT for a file that cannot be read as
     * what it is.
     */
    public static ChatTemplates load(Path folder) {
        Map<String, String> found = new LinkedHashMap<>();
        Path single = folder.resolve("chat_template.jinja");
        if (Files.isRegularFile(single)) {
            found.put(DEFAULT, read(single));
        }
        Path additional = folder.resolve("additional_chat_templates");
        if (Files.isDirectory(additional)) {
            Map<String, String> others = new TreeMap<>();
            try (DirectoryStream<Path> files = Files.newDirectoryStream(additional, "*.jinja")) {
                for (Path file : files) {
                    String name = file.getFileName().toString();
                    others.put(name.substring(0, name.length() - ".jinja".length()), read(file));
                }
            } catch (IOException e) {
                throw unreadable(additional, e);
            }
            found.putAll(others);
        }
        for (String name : new String[] {"tokenizer_config.json", "chat_template.json"}) {
            Path file = folder.resolve(name);
            if (found.isEmpty() && Files.isRegularFile(file)) {
                found.putAll(json(file));
            }
        }
        return new ChatTemplates(found);
    }

    /** The templates in a GGUF file's metadata: {@code tokenizer.chat_template} and {@code tokenizer.chat_template.NAME}. */
    public static ChatTemplates ofGguf(Map<String, ?> metadata) {
        Map<String, String> found = new LinkedHashMap<>();
        if (metadata.get(GGUF_KEY) instanceof String source) {
            found.put(DEFAULT, source);
        }
        for (String key : new TreeSet<>(metadata.keySet())) {
            if (key.startsWith(GGUF_KEY + ".") && metadata.get(key) instanceof String source) {
                found.put(key.substring(GGUF_KEY.length() + 1), source);
            }
        }
        return new ChatTemplates(found);
    }

    /** One template of our own writing for models that bring none; {@link #knownNames} lists them. Errors: NOT_FOUND. */
    public static ChatTemplate named(String name) {
        String source = KnownTemplates.SOURCES.get(name);
        if (source == null) {
            throw JandaiaException.notFound(
                    "There is no built-in chat template '" + name + "'; known are " + knownNames() + ".");
        }
        return ChatTemplate.of(source);
    }

    public static Set<String> knownNames() {
        return new TreeSet<>(KnownTemplates.SOURCES.keySet());
    }

    /** What ends an answer in the format of a built-in template; null where the model's end of sequence does. */
    public static @Nullable String end(String name) {
        return KnownTemplates.ENDS.get(name);
    }

    public boolean isEmpty() {
        return sources.isEmpty();
    }

    /**
     * Chooses as the Hugging Face library does: the template asked for; else {@code tool_use} for a conversation with tools,
     * if there is one; else {@code default}, or the only one. Errors: NOT_FOUND naming what there is.
     */
    public ChatTemplate select(@Nullable String name, boolean hasTools) {
        String chosen = name != null ? name : hasTools && sources.containsKey("tool_use") ? "tool_use" : DEFAULT;
        String source = sources.get(chosen);
        if (source == null && name == null && sources.size() == 1) {
            source = sources.values().iterator().next();
        }
        if (source == null) {
            throw JandaiaException.notFound(
                    sources.isEmpty()
                            ? "This model has no chat template; name a built-in one of " + knownNames()
                                    + ", or send plain text instead of messages."
                            : "This model has no chat template '" + chosen + "'; it has " + sources.keySet() + ".");
        }
        return ChatTemplate.of(source);
    }

    private static Map<String, String> json(Path file) {
        JsonNode root;
        try {
            root = JsonMapper.shared().readTree(file.toFile());
        } catch (JacksonException e) {
            throw unreadable(file, e);
        }
        JsonNode template = root.path("chat_template");
        Map<String, String> found = new LinkedHashMap<>();
        if (template.isString()) {
            found.put(DEFAULT, template.stringValue());
        } else if (template.isArray()) {
            for (JsonNode entry : template) {
                if (!entry.path("name").isString() || !entry.path("template").isString()) {
                    throw JandaiaException.format("In " + file
                            + " every entry of 'chat_template' needs the strings 'name' and 'template', found " + entry
                            + "; download the file again.");
                }
                found.put(
                        entry.path("name").stringValue(), entry.path("template").stringValue());
            }
        } else if (!template.isMissingNode() && !template.isNull()) {
            throw JandaiaException.format("In " + file + " 'chat_template' must be a string or a list, found "
                    + template.getNodeType() + "; download the file again.");
        }
        return found;
    }

    private static String read(Path file) {
        try {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw JandaiaException.format("The chat template " + file + " has " + size + " bytes, more than the "
                        + MAX_BYTES + " that any template needs; look whether it is the right file.");
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static JandaiaException unreadable(Path file, Exception cause) {
        String why = cause instanceof MalformedInputException ? "it is not UTF-8" : String.valueOf(cause.getMessage());
        return new JandaiaException(
                JandaiaException.Kind.FORMAT,
                "Reading the chat template from " + file + " failed: "
                        + why.lines().findFirst().orElse("") + "; download the file again.",
                cause);
    }
}
