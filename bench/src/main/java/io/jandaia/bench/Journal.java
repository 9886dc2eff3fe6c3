package io.jandaia.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A file of JSON lines with everything measured so far, so that a run that was interrupted goes on where it was. The first line says
 * of what machine and what program; each other is one process.
 */
final class Journal {

    private final Path file;
    private final Map<String, Measured> known = new HashMap<>();

    private Journal(Path file) {
        this.file = file;
    }

    /**
     * Reads a file that is there, or begins a new one.
     *
     * @param about what results depend on beside the command; those of another machine or program are not mixed with these
     * @throws IOException with a sentence when it is of something else, or cannot be read or written
     */
    static Journal open(Path file, String about) throws IOException {
        Journal journal = new Journal(file);
        if (!Files.exists(file)) {
            Path parent = file.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            ObjectNode first = JsonMapper.shared().createObjectNode();
            Files.writeString(file, first.put("about", about) + "\n", StandardOpenOption.CREATE_NEW);
            return journal;
        }
        List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        String before =
                lines.isEmpty() ? "" : read(lines.getFirst()).path("about").asString("");
        if (!before.equals(about)) {
            throw new IOException("The results in " + file + " are of \"" + before + "\", not of \"" + about
                    + "\": name another file with --results.");
        }
        for (String line : lines.subList(1, lines.size())) {
            JsonNode entry = read(line);
            if (entry.has("key")) {
                journal.known.put(entry.get("key").asString(), measured(entry));
            }
        }
        return journal;
    }

    /** A line that was cut off when the machine stopped counts as none. */
    private static JsonNode read(String line) {
        try {
            return JsonMapper.shared().readTree(line);
        } catch (JacksonException e) {
            return JsonMapper.shared().createObjectNode();
        }
    }

    Optional<Measured> find(String key) {
        return Optional.ofNullable(known.get(key));
    }

    void add(String key, Measured m) throws IOException {
        ObjectNode entry = JsonMapper.shared().createObjectNode();
        entry.put("key", key).put("seconds", m.seconds()).put("peak_bytes", m.peakBytes());
        ArrayNode rows = entry.putArray("rows");
        m.speeds().tokens().forEach((row, speed) -> {
            ObjectNode o = rows.addObject();
            o.put("kind", row.kind().name()).put("tokens", row.tokens());
            o.put("depth", row.depth()).put("batch", row.batch()).put("speed", speed);
            if (m.speeds().limits().containsKey(row)) {
                o.put("limit", m.speeds().limits().get(row));
            }
        });
        ObjectNode machine = entry.putObject("machine");
        m.speeds().machine().forEach(machine::put);
        Files.writeString(file, entry + "\n", StandardOpenOption.APPEND);
        known.put(key, m);
    }

    private static Measured measured(JsonNode entry) {
        Map<Row, Double> tokens = new LinkedHashMap<>();
        Map<Row, Double> limits = new LinkedHashMap<>();
        for (JsonNode o : entry.get("rows")) {
            Row row = new Row(
                    Row.Kind.valueOf(o.get("kind").asString()),
                    o.get("tokens").asInt(),
                    o.get("depth").asInt(),
                    o.get("batch").asInt());
            tokens.put(row, o.get("speed").asDouble());
            if (o.has("limit")) {
                limits.put(row, o.get("limit").asDouble());
            }
        }
        Map<String, Double> machine = new LinkedHashMap<>();
        entry.get("machine")
                .propertyStream()
                .forEach(e -> machine.put(e.getKey(), e.getValue().asDouble()));
        return new Measured(
                new Speeds(tokens, limits, machine),
                entry.get("seconds").asDouble(),
                entry.get("peak_bytes").asLong());
    }
}
