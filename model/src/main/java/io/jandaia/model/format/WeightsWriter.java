package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes the weights of a Hub folder as a stream: {@code model.safetensors}, or where that would be too large, shards with
 * an index, cut between tensors as transformers does. For one thread.
 */
public final class WeightsWriter implements AutoCloseable {

    /** Bytes of a shard unless said otherwise: transformers' limit of many years. */
    public static final long SHARD_BYTES = 5_000_000_000L;

    private static final JsonMapper PRETTY =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final Path folder;
    private final List<List<TensorShape>> shards;
    private int shard = -1;
    private int inShard;
    private @Nullable SafetensorsWriter writer;

    private WeightsWriter(Path folder, List<List<TensorShape>> shards) {
        this.folder = folder;
        this.shards = shards;
    }

    /**
     * Begins to write.
     *
     * @param tensors in the order in which they will come
     * @param shardBytes the most bytes of tensors in a file; a larger tensor has a file of its own
     */
    public static WeightsWriter create(Path folder, List<TensorShape> tensors, long shardBytes) {
        if (tensors.isEmpty()) {
            throw JandaiaException.usage("Cannot write weights to " + folder + ": there are no tensors.");
        }
        List<List<TensorShape>> shards = new ArrayList<>();
        long room = 0;
        for (TensorShape t : tensors) {
            if (shards.isEmpty() || t.bytes() > room) {
                shards.add(new ArrayList<>());
                room = shardBytes;
            }
            shards.getLast().add(t);
            room -= t.bytes();
        }
        return new WeightsWriter(folder, shards);
    }

    /** Begins the next tensor. */
    public void begin(String name) {
        if (writer == null || inShard == shards.get(shard).size()) {
            if (writer != null) {
                writer.finish();
            }
            shard++;
            inShard = 0;
            if (shard == shards.size()) {
                throw new JandaiaException(
                        JandaiaException.Kind.INTERNAL, "Tensor '" + name + "' was not announced to " + folder + ".");
            }
            writer =
                    SafetensorsWriter.create(folder.resolve(name(shard)), shards.get(shard), SafetensorsWriter.PYTORCH);
        }
        writer.begin(name);
        inShard++;
    }

    /** Writes some more bytes of the tensor that was begun. */
    public void append(MemorySegment data) {
        Objects.requireNonNull(writer, "begin").append(data);
    }

    /** Ends the last file and writes the index if there are several. */
    public void finish() {
        Objects.requireNonNull(writer, "begin").finish();
        if (shard + 1 != shards.size()) {
            throw new JandaiaException(
                    JandaiaException.Kind.INTERNAL, "Not all tensors were written to " + folder + ".");
        }
        if (shards.size() == 1) {
            return;
        }
        ObjectNode index = PRETTY.createObjectNode();
        long total = shards.stream()
                .flatMap(List::stream)
                .mapToLong(TensorShape::bytes)
                .sum();
        index.putObject("metadata").put("total_size", total);
        ObjectNode map = index.putObject("weight_map");
        for (int i = 0; i < shards.size(); i++) {
            for (TensorShape t : shards.get(i)) {
                map.put(t.name(), name(i));
            }
        }
        Path file = folder.resolve("model.safetensors.index.json");
        try {
            Files.writeString(file, PRETTY.writeValueAsString(index) + "\n");
        } catch (IOException e) {
            throw TensorStream.failed(file, e);
        }
    }

    @Override
    public void close() {
        if (writer != null) {
            writer.close();
        }
    }

    private String name(int i) {
        return shards.size() == 1
                ? "model.safetensors"
                : String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", i + 1, shards.size());
    }
}
