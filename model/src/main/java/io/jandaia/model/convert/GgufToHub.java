package io.jandaia.model.convert;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.ModelFiles;
import io.jandaia.model.Progress;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.arch.Families;
import io.jandaia.model.arch.Family;
import io.jandaia.model.chat.ChatTemplates;
import io.jandaia.model.convert.Conversion.Side;
import io.jandaia.model.format.Config;
import io.jandaia.model.format.Gguf;
import io.jandaia.model.format.PendingFolder;
import io.jandaia.model.format.TensorShape;
import io.jandaia.model.format.WeightsWriter;
import io.jandaia.model.quantization.SourceTensor;
import io.jandaia.model.tokenizer.HubTokenizer;
import io.jandaia.model.tokenizer.Tokenizer;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** A GGUF file as a folder in Hub layout, with weights in F32, F16 or BF16; blocks are decoded. */
public final class GgufToHub {

    /**
     * How to do it.
     *
     * @param type of all numbers; null for the file's own, or BF16 where most are in blocks
     * @param shardBytes the most bytes of a file of weights
     */
    public record Options(@Nullable ElementType type, long shardBytes) {
        public static final Options DEFAULT = new Options(null, WeightsWriter.SHARD_BYTES);
    }

    /**
     * What was written.
     *
     * @param architecture as config.json names it
     * @param notes what the user should know, a sentence each
     */
    public record Result(String architecture, ElementType type, int tensors, long bytes, List<String> notes) {}

    private static final JsonMapper PRETTY =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    /** Numbers converted at a time: a multiple of every block. */
    private static final int CHUNK = 1 << 20;

    /** Keys that say what a folder is; the families need not read them. */
    private static final Set<String> KEPT = Set.of("architectures", "model_type");

    private GgufToHub() {}

    /**
     * Writes {@code file} as the folder {@code out}, which appears when it is complete.
     *
     * @throws JandaiaException USAGE when something is at {@code out} already, UNSUPPORTED when config.json cannot say what the
     *     file's metadata do, CANCELLED when the thread is interrupted
     */
    public static Result convert(Path file, Path out, Options options, Progress progress) {
        try (ModelFiles files = ModelFiles.open(file, LoadOptions.DEFAULT);
                Gguf gguf = Gguf.open(file);
                PendingFolder folder = PendingFolder.create(out)) {
            DecoderSpec spec = files.spec();
            Family family = Families.ofGguf(files.architecture()).hubTarget(spec);
            Map<String, @Nullable Object> keys = new LinkedHashMap<>(family.toHub(spec));
            Config read = Config.of("config.json", keys);
            DecoderSpec result = family.fromHub(read);
            read.unread().keySet().stream().filter(k -> !KEPT.contains(k)).forEach(keys::remove);
            if (keys.containsKey("kv_lora_rank")) {
                keys.putIfAbsent("q_lora_rank", null); // absent, the class takes its own default
            }
            List<SpecDifference> lost = SpecDifference.between(spec, result);
            if (!lost.isEmpty()) {
                throw JandaiaException.unsupported("Cannot convert " + file
                        + ": this version cannot say in a config.json of "
                        + family.hubName() + " what the file asks for: "
                        + lost.stream().limit(5).map(SpecDifference::toString).collect(Collectors.joining("; ")) + ".");
            }
            List<SourceTensor> tensors = Conversion.of(
                    files.tensors(), new Side(spec, files.names()), new Side(result, family.hubTensors()));
            ElementType type = options.type != null ? options.type : usual(tensors);
            List<String> notes = new ArrayList<>();
            long bytes = weights(tensors, type, folder.path(), options.shardBytes, progress);
            ends(gguf, keys, folder.path(), notes);
            keys.put("torch_dtype", name(type));
            save(folder.path().resolve("config.json"), PRETTY.writeValueAsString(keys));
            templates(gguf, folder.path());
            folder.commit();
            return new Result(family.hubName(), type, tensors.size(), bytes, notes);
        }
    }

    private static ElementType usual(List<SourceTensor> tensors) {
        Map<ElementType, Long> numbers = new HashMap<>();
        tensors.forEach(t -> numbers.merge(t.type(), t.shape().count(), Long::sum));
        ElementType most = numbers.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(ElementType.BF16);
        return most.quantized() ? ElementType.BF16 : most;
    }

    private static String name(ElementType type) {
        return switch (type) {
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            default -> "float32";
        };
    }

    private static long weights(
            List<SourceTensor> tensors, ElementType type, Path folder, long shardBytes, Progress progress) {
        List<TensorShape> shapes = tensors.stream()
                .map(t -> new TensorShape(t.name(), type, t.shape().shape()))
                .toList();
        long total = shapes.stream().mapToLong(TensorShape::bytes).sum();
        requireRoom(folder, total);
        long done = 0;
        try (WeightsWriter writer = WeightsWriter.create(folder, shapes, shardBytes);
                Arena buffers = Arena.ofConfined()) {
            MemorySegment floats = buffers.allocate(4L * CHUNK, 64);
            MemorySegment encoded = buffers.allocate(4L * CHUNK, 64);
            for (SourceTensor t : tensors) {
                writer.begin(t.name());
                for (SourceTensor.Part part : t.parts()) {
                    try (Arena arena = Arena.ofShared()) {
                        StoredTensor from = part.read(arena);
                        ElementType source = from.type();
                        for (long at = 0; at < from.count(); at += CHUNK) {
                            if (Thread.currentThread().isInterrupted()) {
                                throw new JandaiaException(
                                        JandaiaException.Kind.CANCELLED,
                                        "Converting was interrupted; nothing has been written.");
                            }
                            long n = Math.min(CHUNK, from.count() - at);
                            source.format()
                                    .decode(from.data(), source.bytes(at), floats, 0, n / source.blockElements());
                            type.format().encode(floats, 0, encoded, 0, n);
                            writer.append(encoded.asSlice(0, type.bytes(n)));
                            done += type.bytes(n);
                            progress.at(done, total);
                        }
                    }
                }
            }
            writer.finish();
        }
        return total;
    }

    private static void requireRoom(Path folder, long bytes) {
        try {
            long free = Files.getFileStore(folder).getUsableSpace();
            if (free < bytes) {
                throw JandaiaException.resource("Cannot write " + folder + ": it needs " + bytes
                        + " bytes, but the disk has " + free + " left; free some or choose another disk.");
            }
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE, "Cannot look at the disk of " + folder + ": " + e + ".", e);
        }
    }

    /** The tokenizer, and the ids that begin and end a text in both configurations. */
    private static void ends(Gguf gguf, Map<String, @Nullable Object> keys, Path folder, List<String> notes) {
        Map<String, Object> metadata = gguf.metadata();
        Map<String, Object> generation = new LinkedHashMap<>();
        if (String.valueOf(metadata.getOrDefault("tokenizer.ggml.model", "none"))
                .matches("none|no_vocab")) {
            notes.add("The file has no tokenizer, so the folder has none either.");
        } else {
            HubTokenizer.write(metadata, folder);
            Tokenizer tokenizer = Tokenizer.ofGguf(metadata);
            tokenizer.bosId().ifPresent(id -> keys.put("bos_token_id", id));
            tokenizer.eosId().ifPresent(id -> keys.put("eos_token_id", id));
            // Also where there is none: the classes' own default may be beyond the vocabulary.
            keys.put(
                    "pad_token_id",
                    tokenizer.padId().isPresent() ? tokenizer.padId().getAsInt() : null);
            tokenizer.bosId().ifPresent(id -> generation.put("bos_token_id", id));
            Set<Integer> ends = new TreeSet<>(tokenizer.endIds());
            if (!ends.isEmpty()) {
                generation.put(
                        "eos_token_id", ends.size() == 1 ? ends.iterator().next() : ends);
            }
        }
        Config sampling = Config.of(gguf.path().toString(), metadata).section("general.sampling");
        Map<String, String> names = Map.of(
                "temp",
                "temperature",
                "top_k",
                "top_k",
                "top_p",
                "top_p",
                "min_p",
                "min_p",
                "penalty_repeat",
                "repetition_penalty");
        for (String key : sampling.keys()) {
            String name = names.get(key);
            if (name != null) {
                double value = sampling.number(key);
                generation.put(
                        name,
                        key.equals("top_k") ? (Object) (long) value : Double.valueOf(Float.toString((float) value)));
                if (!key.equals("penalty_repeat")) {
                    generation.put("do_sample", true);
                }
            } else {
                notes.add("The file's setting general.sampling." + key + " has no place in generation_config.json.");
            }
        }
        if (!generation.isEmpty()) {
            save(folder.resolve("generation_config.json"), PRETTY.writeValueAsString(generation));
        }
    }

    private static void templates(Gguf gguf, Path folder) {
        Path more = folder.resolve("additional_chat_templates");
        ChatTemplates.ofGguf(gguf.metadata()).sources().forEach((name, source) -> {
            if (name.equals("default")) {
                saveText(folder.resolve("chat_template.jinja"), source);
            } else if (name.matches("[\\w-]+")) {
                saveText(more.resolve(name + ".jinja"), source);
            }
        });
    }

    private static void save(Path file, String json) {
        saveText(file, json + "\n");
    }

    private static void saveText(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE, "Cannot write " + file + ": " + e + "; check the disk.", e);
        }
    }
}
