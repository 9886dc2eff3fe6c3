package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which tensor of a model in several files is in which: {@code model.safetensors.index.json} or
 * {@code pytorch_model.bin.index.json}.
 *
 * @param shardByTensor names of files beside the index
 * @param tensorsByShard the same the other way round, the shards in the order of their names
 */
record ShardIndex(Path path, Map<String, String> shardByTensor, Map<String, List<String>> tensorsByShard) {

    private static final long MAX_BYTES = 100_000_000;

    /** Reads an index, whose shards must all be there. */
    static ShardIndex read(Path path) {
        Map<String, List<String>> tensors = new TreeMap<>();
        Map<String, String> shards = new LinkedHashMap<>();
        Object map = Json.readObject(path, MAX_BYTES).get("weight_map");
        if (!(map instanceof Map<?, ?> weights) || weights.isEmpty()) {
            throw JandaiaException.format("Cannot read " + path
                    + " as an index of weights: expected an object 'weight_map' of tensor names and file names, found "
                    + (map == null ? "none" : "something else or an empty one") + ".");
        }
        weights.forEach((name, shard) -> {
            String file = plainName(path, (String) name, shard);
            tensors.computeIfAbsent(file, f -> new ArrayList<>()).add((String) name);
            shards.put((String) name, file);
        });
        List<String> missing = tensors.keySet().stream()
                .filter(f -> !Files.exists(path.resolveSibling(f)))
                .toList();
        if (!missing.isEmpty()) {
            throw JandaiaException.notFound("The index " + path + " names " + tensors.size() + " files, of which "
                    + missing.size() + " are not beside it: "
                    + Text.visible(String.join(", ", missing.subList(0, Math.min(5, missing.size()))), 300)
                    + (missing.size() > 5 ? " ..." : "") + "; fetch the whole model.");
        }
        return new ShardIndex(path, shards, tensors);
    }

    /** What the shards are, by the first of them. */
    FileKind kind() {
        return FileKind.of(
                path.resolveSibling(tensorsByShard.keySet().iterator().next()));
    }

    /** Whether the index wants the tensor from another file than {@code shard}: it is left there. */
    boolean elsewhere(String tensor, String shard) {
        return !shardByTensor.getOrDefault(tensor, shard).equals(shard);
    }

    /** The path of a shard, which must be a file of this kind. */
    Path file(String shard, FileKind kind, String what) {
        Path file = path.resolveSibling(shard);
        if (FileKind.of(file) != kind) {
            throw JandaiaException.format("Cannot read " + file + ", which the index " + path + " names: expected "
                    + what + "; fetch it again.");
        }
        return file;
    }

    /** The error for a tensor that is not where the index says. */
    JandaiaException absent(String tensor, String shard) {
        return JandaiaException.format("The index " + path + " says that tensor " + Text.quote(tensor) + " is in "
                + shard + ", but it is not; index and files are of different models, fetch them again.");
    }

    /** A shard's name, which must be one of a file beside the index: no way out of the model's folder. */
    private static String plainName(Path path, String tensor, @Nullable Object shard) {
        if (shard instanceof String s
                && !s.isBlank()
                && s.length() <= 255
                && !s.equals(".")
                && !s.equals("..")
                && s.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || Character.isISOControl(c))) {
            return s;
        }
        throw JandaiaException.format("Cannot read the index " + path + ": for tensor " + Text.quote(tensor)
                + " expected the name of a file beside it, found "
                + (shard instanceof String s ? Text.quote(s) : "no string") + "; the index is damaged or hostile.");
    }
}
