package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.LoadOptions.NamedAdapter;
import io.jandaia.model.ModelStore;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of commands that may load adapters beside their model. */
final class AdapterOptions {

    @Option(
            names = {"--adapter", "--lora"},
            paramLabel = "[NAME=]PATH[@SCALE]")
    List<String> adapters = new ArrayList<>();

    @Option(names = "--use-adapter", paramLabel = "NAME")
    @Nullable
    String used;

    boolean given() {
        return !adapters.isEmpty() || used != null;
    }

    /** The options with the adapters. */
    LoadOptions toLoad(LoadOptions options, Texts texts) {
        LoadOptions o = options;
        for (String given : adapters) {
            NamedAdapter a = parse(given, texts);
            o = o.adapter(a.name(), a.path(), a.scale());
        }
        return o;
    }

    /** The adapter to use: the one that was named, else the first; null = the model itself. */
    @Nullable
    String chosen(Texts texts) {
        List<String> names = adapters.stream().map(a -> parse(a, texts).name()).toList();
        if (used == null) {
            return names.isEmpty() ? null : names.getFirst();
        }
        if (used.equals("none")) {
            return null;
        }
        if (!names.contains(used)) {
            throw texts.usage("adapter.unknown", used, String.join(", ", names));
        }
        return used;
    }

    /** A path as it stands, or with a name before it and a scale behind it. */
    static NamedAdapter parse(String given, Texts texts) {
        String name = "";
        String rest = given;
        int equals = given.indexOf('=');
        if (equals >= 0 && !exists(given)) {
            name = given.substring(0, equals);
            rest = given.substring(equals + 1);
        }
        double scale = 1;
        int at = rest.lastIndexOf('@');
        if (at > 0 && !exists(rest)) {
            try {
                scale = Double.parseDouble(rest.substring(at + 1));
                rest = rest.substring(0, at);
            } catch (NumberFormatException e) {
                throw texts.usage("adapter.scale", given, rest.substring(at + 1));
            }
        }
        Path path = exists(rest) ? Path.of(rest) : ModelStore.local().find(rest); // which says that there is none
        if (name.isEmpty()) {
            name = String.valueOf(path.toAbsolutePath().normalize().getFileName())
                    .replaceFirst("\\.gguf$", "");
        }
        return new NamedAdapter(name, path, scale);
    }

    private static boolean exists(String path) {
        try {
            return Files.exists(Path.of(path));
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
