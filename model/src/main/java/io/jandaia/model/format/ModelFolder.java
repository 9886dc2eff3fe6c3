package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A model in the layout of the Hugging Face Hub: {@code config.json}, {@code model.safetensors} or an index with shards,
 * else {@code pytorch_model.bin} or its index, optionally {@code generation_config.json}, and the tokenizer's files, which
 * others read.
 *
 * @param path the folder
 * @param config {@code config.json}
 * @param generation {@code generation_config.json}; empty when there is none
 * @param file the tensors
 */
public record ModelFolder(Path path, Config config, Config generation, ModelFile file) implements AutoCloseable {

    /**
     * Opens a folder. When it has both a single file and an index the single file is taken, and
     * safetensors before PyTorch's own format, as transformers does.
     *
     * @throws JandaiaException NOT_FOUND when a file that is needed is missing, UNSUPPORTED when the weights are only
     *     there in a format that this version cannot read, FORMAT when a file is damaged
     */
    public static ModelFolder open(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw Files.exists(folder)
                    ? JandaiaException.usage(
                            "Cannot open " + folder + " as a model folder: it is a file; open it as that.")
                    : JandaiaException.notFound(
                            "There is no folder " + folder + "; check the path or fetch the model first.");
        }
        Path weights = weights(folder);
        Path json = folder.resolve("config.json");
        if (!Files.exists(json)) {
            throw JandaiaException.notFound("The model folder " + folder
                    + " has weights but no config.json, which says what they mean; fetch the whole model.");
        }
        Config config = Config.read(json);
        Path generationJson = folder.resolve("generation_config.json");
        Config generation = Files.exists(generationJson)
                ? Config.read(generationJson)
                : Config.of(generationJson.toString(), Map.of());
        return new ModelFolder(folder, config, generation, ModelFile.open(weights));
    }

    /** Whether the folder has a file of this name. */
    public boolean has(String name) {
        return Files.exists(path.resolve(name));
    }

    /** The path of a file that must be there; NOT_FOUND says that it is not. */
    public Path require(String name) {
        if (!has(name)) {
            throw JandaiaException.notFound(
                    "The model folder " + path + " has no " + name + "; fetch the whole model.");
        }
        return path.resolve(name);
    }

    @Override
    public void close() {
        file.close();
    }

    private static Path weights(Path folder) {
        for (String name : List.of(
                "model.safetensors",
                "model.safetensors.index.json",
                "pytorch_model.bin",
                "pytorch_model.bin.index.json")) {
            // Also when it is a broken link, as an interrupted fetch leaves: opening it says so.
            if (Files.exists(folder.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                return folder.resolve(name);
            }
        }
        List<String> names;
        try (Stream<Path> files = Files.list(folder)) {
            names = files.map(f -> f.getFileName().toString())
                    .sorted()
                    .limit(10_000)
                    .toList();
        } catch (IOException e) {
            throw FileKind.unreadable(folder, e);
        }
        String start = "The model folder " + folder + " has no model.safetensors and no pytorch_model.bin";
        for (String name : names) {
            if (name.endsWith(".gguf")) {
                throw JandaiaException.usage(start + ", but " + name + "; open that file instead of the folder.");
            }
        }
        if (names.contains("adapter_model.safetensors")) {
            throw JandaiaException.usage(
                    start + ": it is an adapter; open its base model and load the adapter into it.");
        }
        for (String name : names) {
            if (name.endsWith(".safetensors") || (name.startsWith("pytorch_model") && name.endsWith(".bin"))) {
                throw JandaiaException.notFound(
                        start + " and no index of several files, only files like " + name + "; fetch the whole model.");
            }
        }
        throw JandaiaException.notFound(start + " (it has " + names.size() + " files: "
                + Text.visible(String.join(", ", names), 300) + "); fetch the whole model.");
    }
}
