package io.jandaia.model.convert;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The header of a Hub folder's README.md, as far as a model file has a place for it. */
final class ModelCard {

    private static final int MAX_LINES = 200;

    private ModelCard() {}

    /** The licence's short name such as {@code apache-2.0}; null where none is stated simply. */
    static @Nullable String license(Path folder) {
        List<String> lines;
        try (var all = Files.lines(folder.resolve("README.md"))) {
            lines = all.limit(MAX_LINES).toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            return null; // no card, or one that is no text
        }
        if (lines.isEmpty() || !lines.getFirst().strip().equals("---")) {
            return null;
        }
        for (String line : lines.subList(1, lines.size())) {
            if (line.strip().equals("---")) {
                return null;
            }
            if (line.startsWith("license:")) {
                String value = line.substring("license:".length()).strip();
                return value.matches("[\\w.+-]+") ? value : null;
            }
        }
        return null;
    }
}
