package io.jandaia.server.ollama;

import io.jandaia.server.Models;
import io.jandaia.server.Preset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** How Ollama writes what a model is made of. */
final class Modelfile {
    private Modelfile() {}

    /** The whole of it. */
    static String of(Models.Entry entry) {
        Preset preset = entry.preset();
        StringBuilder text =
                new StringBuilder("FROM ").append(entry.source().name()).append('\n');
        parameters(preset)
                .lines()
                .forEach(line -> text.append("PARAMETER ")
                        .append(line.replaceFirst(" +", " "))
                        .append('\n'));
        if (!preset.system().isEmpty()) {
            text.append("SYSTEM ").append(quoted(preset.system())).append('\n');
        }
        for (JsonNode m : preset.messages()) {
            String content = m.path("content").isString()
                    ? m.path("content").stringValue()
                    : m.path("content").toString();
            text.append("MESSAGE ")
                    .append(m.path("role").asString(""))
                    .append(' ')
                    .append(quoted(content))
                    .append('\n');
        }
        if (!preset.license().isEmpty()) {
            text.append("LICENSE ").append(quoted(preset.license())).append('\n');
        }
        return text.toString();
    }

    private static String quoted(String text) {
        return "\"\"\"" + text + "\"\"\"";
    }

    /** A line for each setting, and for each text of one that has several. */
    static String parameters(Preset preset) {
        return preset.parameters().properties().stream()
                .flatMap(e -> values(e).stream().map(v -> String.format(Locale.ROOT, "%-30s %s", e.getKey(), v)))
                .collect(Collectors.joining("\n"));
    }

    private static List<JsonNode> values(Map.Entry<String, JsonNode> e) {
        return e.getValue().isArray() ? e.getValue().valueStream().toList() : List.of(e.getValue());
    }
}
