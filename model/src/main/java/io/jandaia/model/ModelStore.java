package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The models of this machine: those that came with Jandaia ({@code models/} in its home) and those in the Hugging Face
 * cache ({@code HF_HUB_CACHE}, {@code HF_HOME/hub}, {@code ~/.cache/huggingface/hub}), by name.
 */
public final class ModelStore {

    /** The model that comes with Jandaia. */
    public static final String STARTER = "starter";

    private static final String CACHE_PREFIX = "models--";

    private final @Nullable Path home;
    private final Path cache;

    public ModelStore(@Nullable Path home, Path cache) {
        this.home = home;
        this.cache = cache;
    }

    /** The store of this process: home from the system property {@code jandaia.home}, the cache from the environment. */
    public static ModelStore local() {
        String home = System.getProperty("jandaia.home");
        return new ModelStore(home == null ? null : Path.of(home), cacheFolder(System.getenv()));
    }

    /** The folder of the Hugging Face cache. */
    public Path cache() {
        return cache;
    }

    static Path cacheFolder(Map<String, String> env) {
        String user = System.getProperty("user.home", ".");
        String hub = env.get("HF_HUB_CACHE");
        if (hub != null && !hub.isBlank()) {
            return Path.of(hub);
        }
        String hfHome = env.get("HF_HOME");
        if (hfHome != null && !hfHome.isBlank()) {
            return Path.of(hfHome, "hub");
        }
        String xdg = env.get("XDG_CACHE_HOME");
        Path base = xdg != null && !xdg.isBlank() ? Path.of(xdg) : Path.of(user, ".cache");
        return base.resolve("huggingface").resolve("hub");
    }

    /**
     * Where the model named {@code model} is: a path as it stands, else a name.
     *
     * @throws JandaiaException NOT_FOUND, listing what is here
     */
    public Path find(String model) {
        try {
            Path path = Path.of(model);
            if (!model.isBlank() && (Files.isDirectory(path) || Files.isRegularFile(path))) {
                return path;
            }
        } catch (InvalidPathException e) {
            // then it can only be a name
        }
        SortedMap<String, Path> here = list();
        Path found = here.get(model);
        if (found != null) {
            return found;
        }
        String names = here.isEmpty() ? "No models are here." : "Here are: " + String.join(", ", here.keySet()) + ".";
        throw JandaiaException.notFound("There is no model '" + model
                + "': it is no .gguf file, no folder and no name of a model here. " + names);
    }

    /** The models that are here, by name. */
    public SortedMap<String, Path> list() {
        SortedMap<String, Path> models = new TreeMap<>();
        for (Path folder : folders(cache)) {
            String name = folder.getFileName().toString();
            Path snapshot = name.startsWith(CACHE_PREFIX) ? snapshot(folder) : null;
            if (snapshot != null) {
                models.put(name.substring(CACHE_PREFIX.length()).replace("--", "/"), snapshot);
            }
        }
        if (home != null) {
            for (Path folder : folders(home.resolve("models"))) {
                if (Files.exists(folder.resolve("config.json"))) {
                    models.put(folder.getFileName().toString(), folder);
                }
            }
        }
        return models;
    }

    /** The snapshot that {@code refs/main} names, or the only one; null when it holds no model. */
    private static @Nullable Path snapshot(Path model) {
        try {
            Path snapshots = model.resolve("snapshots");
            Path ref = model.resolve("refs").resolve("main");
            List<Path> candidates = Files.exists(ref)
                    ? List.of(snapshots.resolve(Files.readString(ref).strip()).normalize())
                    : folders(snapshots);
            return candidates.stream()
                    .filter(s -> s.startsWith(snapshots) && Files.exists(s.resolve("config.json")))
                    .findFirst()
                    .orElse(null);
        } catch (IOException | InvalidPathException e) {
            return null;
        }
    }

    private static List<Path> folders(Path parent) {
        if (!Files.isDirectory(parent)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(parent)) {
            return new ArrayList<>(children.filter(Files::isDirectory).sorted().toList());
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE,
                    "Cannot list the folder " + parent + ": " + e.getMessage() + ".",
                    e);
        }
    }
}
