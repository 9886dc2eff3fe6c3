package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.hub.CachedRepo;
import io.jandaia.model.hub.HubSettings;
import io.jandaia.model.hub.ModelName;
import io.jandaia.model.hub.Quant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The models of this machine: those that came with Jandaia ({@code models/} in its home) and those in the Hugging Face
 * cache ({@code HF_HUB_CACHE}, {@code HF_HOME/hub}, {@code ~/.cache/huggingface/hub}), by name. Never asks the network.
 */
public final class ModelStore {

    /** The model that comes with Jandaia. */
    public static final String STARTER = "starter";

    private final @Nullable Path home;
    private final Path cache;

    public ModelStore(@Nullable Path home, Path cache) {
        this.home = home;
        this.cache = cache;
    }

    /** The store of this process: home from the system property {@code jandaia.home}, the cache from the environment. */
    public static ModelStore local() {
        String home = System.getProperty("jandaia.home");
        return new ModelStore(home == null ? null : Path.of(home), HubSettings.cache(System.getenv()));
    }

    /** The folder of the Hugging Face cache. */
    public Path cache() {
        return cache;
    }

    /**
     * Where the model named {@code model} is: a path as it stands, else a name of {@link #list}, else {@code org/name} with
     * a revision or a choice of GGUF files.
     *
     * @throws JandaiaException NOT_FOUND, listing what is here; USAGE when a choice is needed
     */
    public Path find(String model) {
        Optional<Path> found = lookUp(model);
        if (found.isPresent()) {
            return found.get();
        }
        Optional<ModelName> name = ModelName.of(model);
        List<String> quants = name.isPresent() ? quants(name.get()) : List.of();
        if (!quants.isEmpty()) {
            throw JandaiaException.usage("Of " + name.get().id() + " there are here " + String.join(", ", quants)
                    + "; choose one as in " + name.get().id() + ":" + quants.getFirst() + ".");
        }
        SortedMap<String, Path> here = list();
        String names = here.isEmpty() ? "No models are here." : "Here are: " + String.join(", ", here.keySet()) + ".";
        String pull = name.isPresent() && !model.endsWith(".gguf")
                ? " If it is one on the Hub, 'jandaia pull " + name.get() + "' brings it here."
                : "";
        throw JandaiaException.notFound("There is no model '" + model
                + "': it is no .gguf file, no folder and no name of a model here. " + names + pull);
    }

    /** What {@link #find} finds; empty when nothing. */
    public Optional<Path> lookUp(String model) {
        Path path = path(model);
        if (path != null) {
            return Optional.of(path);
        }
        return named(model);
    }

    /** The same, but never by a path: for names that come from elsewhere. */
    public Optional<Path> named(String model) {
        return Optional.ofNullable(list().get(model))
                .or(() -> ModelName.of(model).map(this::cached));
    }

    /** The folder or file that {@code model} names as a path; null when it names none. */
    private static @Nullable Path path(String model) {
        try {
            Path path = Path.of(model);
            return !model.isBlank() && (Files.isDirectory(path) || Files.isRegularFile(path)) ? path : null;
        } catch (InvalidPathException e) {
            return null; // then it can only be a name
        }
    }

    private @Nullable Path cached(ModelName name) {
        CachedRepo repo = new CachedRepo(cache, name.id());
        String commit = repo.commit(name.revision());
        if (commit == null) {
            return null;
        }
        SortedMap<String, Path> models = inSnapshot(repo, commit);
        if (name.quant() == null) {
            return models.getOrDefault(
                    "", models.size() == 1 ? models.get(models.firstKey()) : models.get(Quant.USUAL));
        }
        return models.entrySet().stream()
                .filter(e -> e.getKey().equalsIgnoreCase(name.quant()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    private List<String> quants(ModelName name) {
        CachedRepo repo = new CachedRepo(cache, name.id());
        String commit = repo.commit(name.revision());
        return commit == null
                ? List.of()
                : inSnapshot(repo, commit).keySet().stream()
                        .filter(q -> !q.isEmpty())
                        .toList();
    }

    /** The models that are here, by name. */
    public SortedMap<String, Path> list() {
        SortedMap<String, Path> models = new TreeMap<>();
        for (CachedRepo repo : CachedRepo.all(cache)) {
            String commit = repo.commit(null);
            if (commit != null) {
                inSnapshot(repo, commit)
                        .forEach((quant, path) ->
                                models.put(quant.isEmpty() ? repo.id() : repo.id() + ":" + quant, path));
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

    /** The models that are here, in the order of their names, with what is known of them without opening them. */
    public List<StoredModel> models() {
        List<StoredModel> models = new ArrayList<>();
        list().forEach((name, path) -> models.add(describe(name, path)));
        return models;
    }

    private StoredModel describe(String name, Path path) {
        long size = 0;
        Instant modified = Instant.EPOCH;
        for (Path file : filesOf(path)) {
            try {
                size += Files.size(file);
                Instant time = Files.getLastModifiedTime(file).toInstant();
                modified = time.isAfter(modified) ? time : modified;
            } catch (IOException e) {
                // a link to nothing has no size
            }
        }
        if (!path.startsWith(cache)) {
            return new StoredModel(name, name, null, path, size, modified);
        }
        int quant = name.indexOf(':');
        String revision = cache.relativize(path).getName(2).toString();
        return new StoredModel(name, quant < 0 ? name : name.substring(0, quant), revision, path, size, modified);
    }

    /** The files of a folder, without those of other models in it; or all parts of a GGUF model. */
    private static List<Path> filesOf(Path path) {
        if (Files.isDirectory(path)) {
            try (Stream<Path> files = Files.walk(path)) {
                return files.filter(Files::isRegularFile)
                        .filter(f -> !Quant.isModel(f.getFileName().toString()))
                        .toList();
            } catch (IOException e) {
                return List.of();
            }
        }
        String name = path.getFileName().toString();
        return Quant.models(names(path.resolveSibling(""))).values().stream()
                .filter(files -> files.contains(name))
                .findFirst()
                .orElse(List.of(name))
                .stream()
                .map(path::resolveSibling)
                .toList();
    }

    /** What can be run in a snapshot: itself under an empty name, and its GGUF models by their quantisation. */
    private static SortedMap<String, Path> inSnapshot(CachedRepo repo, String commit) {
        Path snapshot = repo.snapshot(commit);
        SortedMap<String, Path> models = new TreeMap<>();
        if (!Files.isDirectory(snapshot)) {
            return models;
        }
        List<String> files = new ArrayList<>(names(snapshot));
        for (Path folder : folders(snapshot)) { // of large models each quantisation has its folder
            names(folder).forEach(f -> files.add(folder.getFileName() + "/" + f));
        }
        Quant.models(files).forEach((quant, parts) -> models.put(quant, snapshot.resolve(parts.getFirst())));
        boolean weights =
                files.stream().anyMatch(f -> f.indexOf('/') < 0 && (f.endsWith(".safetensors") || f.endsWith(".bin")));
        boolean folder = files.contains("config.json") && (weights || models.isEmpty());
        if (folder || (files.contains("tokenizer.json") && models.isEmpty())) {
            models.put("", snapshot);
        }
        return models;
    }

    private static List<String> names(Path folder) {
        return children(folder)
                .filter(f -> !Files.isDirectory(f))
                .map(f -> f.getFileName().toString())
                .toList();
    }

    private static List<Path> folders(Path parent) {
        return children(parent).filter(Files::isDirectory).toList();
    }

    private static Stream<Path> children(Path parent) {
        if (!Files.isDirectory(parent)) {
            return Stream.of();
        }
        try (Stream<Path> children = Files.list(parent)) {
            return children.sorted().toList().stream();
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE,
                    "Cannot list the folder " + parent + ": " + e.getMessage() + ".",
                    e);
        }
    }
}
