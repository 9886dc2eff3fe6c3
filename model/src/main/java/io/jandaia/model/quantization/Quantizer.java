package io.jandaia.model.quantization;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.Progress;
import io.jandaia.model.format.Config;
import io.jandaia.model.format.GgufValue;
import io.jandaia.model.format.GgufWriter;
import io.jandaia.model.format.TensorShape;
import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes a GGUF file again with its weights in other types. Each row is decoded to float32 and encoded, rows in parallel; what
 * the rules leave alone is copied. The same file and mix give the same bytes, whatever the number of threads.
 */
public final class Quantizer {

    /** Numbers decoded, encoded and written before the next: bounds memory, and how long an interrupt waits. */
    private static final long BATCH = 8 << 20;

    /** Version of ggml's block layouts. */
    private static final int QUANTIZATION_VERSION = 2;

    /**
     * How to do it.
     *
     * @param threads that compute
     * @param force replace a file that is there
     * @param requantize take weights that are quantised already, which adds their errors
     */
    public record Options(int threads, boolean force, boolean requantize) {}

    /**
     * What was written.
     *
     * @param types how many tensors have which type
     * @param numbers in all tensors
     * @param bytes of all tensors
     * @param notes what differs from what was asked for, a sentence each
     */
    public record Result(Map<ElementType, Integer> types, long numbers, long bytes, List<String> notes) {

        /** Bits that a number takes on average. */
        public double bits() {
            return 8.0 * bytes / Math.max(1, numbers);
        }

        /** Such as {@code 21 Q4_K, 3 Q6_K, 9 F32}. */
        public String typesText() {
            return types.entrySet().stream()
                    .map(e -> e.getValue() + " " + e.getKey())
                    .collect(Collectors.joining(", "));
        }
    }

    private final GgufSource source;
    private final Mix mix;
    private final Options options;
    private final List<String> notes = new ArrayList<>();

    private Quantizer(GgufSource source, Mix mix, Options options) {
        this.source = source;
        this.mix = mix;
        this.options = options;
    }

    /**
     * Quantises {@code source} to {@code target}, which appears when it is complete.
     *
     * @throws JandaiaException USAGE when {@code target} is there and not to be replaced or weights are quantised already,
     *     CANCELLED when the thread is interrupted
     */
    public static Result quantize(Path source, Path target, Mix mix, Options options, Progress progress) {
        requireTarget(source, target, options.force);
        try (GgufSource file = GgufSource.open(source)) {
            return quantize(file, target, mix, options, progress);
        }
    }

    /** The same from a source that is open, which stays so. */
    public static Result quantize(GgufSource source, Path target, Mix mix, Options options, Progress progress) {
        requireTarget(source.path(), target, options.force);
        return new Quantizer(source, mix, options).write(target, progress);
    }

    /** Whether a tensor is stored in the type of the mix; if not, what is converted stores it as F32. */
    public static boolean changes(String name, long[] shape) {
        return MixRules.applies(name, shape);
    }

    private static void requireTarget(Path source, Path target, boolean force) {
        if (Files.isDirectory(target)) {
            throw JandaiaException.usage("Cannot write " + target + ": it is a folder; name a file.");
        }
        if (!Files.exists(target)) {
            return;
        }
        try {
            if (Files.exists(source) && Files.isSameFile(source, target)) {
                throw JandaiaException.usage("Cannot quantise " + source + " in place; name another file to write.");
            }
        } catch (IOException e) {
            throw new JandaiaException(JandaiaException.Kind.RESOURCE, "Cannot look at " + target + ": " + e + ".", e);
        }
        if (!force) {
            throw JandaiaException.usage("There is a file " + target + " already; add --force to replace it.");
        }
    }

    private Result write(Path target, Progress progress) {
        List<SourceTensor> tensors = source.tensors().stream()
                .sorted((a, b) -> MixRules.compareNames(a.name(), b.name()))
                .toList();
        List<TensorShape> plan = plan(tensors);
        notes.addAll(source.notes());
        Map<String, GgufValue> metadata = new LinkedHashMap<>(source.metadata());
        List.of("split.no", "split.count", "split.tensors.count", "general.quantization_version", "general.file_type")
                .forEach(metadata::remove);
        metadata.put("general.quantization_version", GgufValue.u32(QUANTIZATION_VERSION));
        metadata.put("general.file_type", GgufValue.u32(mix.fileType()));
        Map<ElementType, Integer> types = new LinkedHashMap<>();
        long total = 0;
        long bytes = 0;
        for (TensorShape t : plan) {
            types.merge(t.type(), 1, Integer::sum);
            total += t.count();
            bytes += t.bytes();
        }
        try (GgufWriter writer = GgufWriter.create(target, metadata, plan);
                ComputeTeam team = ComputeTeam.of(options.threads)) {
            long done = 0;
            for (int i = 0; i < plan.size(); i++) {
                TensorShape t = plan.get(i);
                writer.begin(t.name());
                for (SourceTensor.Part part : tensors.get(i).parts()) {
                    requireNotInterrupted();
                    try (Arena arena = Arena.ofShared()) {
                        StoredTensor from = part.read(arena);
                        if (from.type() == t.type()) {
                            writer.append(from.data());
                            progress.at(done + from.count(), total);
                        } else {
                            encode(from, t, writer, team, progress, done, total);
                        }
                        done += from.count();
                    }
                }
            }
            writer.finish();
        }
        return new Result(types, total, bytes, List.copyOf(notes));
    }

    /** The types to write, tensor by tensor. */
    private List<TensorShape> plan(List<SourceTensor> tensors) {
        long values =
                tensors.stream().filter(t -> MixRules.isValueTensor(t.name())).count();
        boolean ownHead = tensors.stream().anyMatch(t -> t.name().equals("output.weight"));
        MixRules rules = new MixRules(mix, shape(ownHead), (int) values);
        List<TensorShape> plan = new ArrayList<>();
        for (SourceTensor t : tensors) {
            ElementType type = t.type();
            long[] shape = t.shape().shape();
            if (MixRules.applies(t.name(), shape)) {
                type = fit(t, rules.type(t.name(), cols(shape)));
                requireDecodable(t, type);
            }
            plan.add(new TensorShape(t.name(), type, shape));
        }
        return plan;
    }

    private MixRules.Shape shape(boolean ownHead) {
        String architecture = source.architecture();
        Config config = source.config();
        long heads = firstOf(config, "attention.head_count", 1);
        long keys = firstOf(config, "attention.head_count_kv", heads);
        return new MixRules.Shape(
                architecture,
                (int) config.integer("block_count", 0),
                keys == 0 ? 0 : (int) (heads / keys),
                (int) config.integer("expert_count", 0),
                ownHead);
    }

    /** A number that is the same for all layers, or that of the first. */
    private static long firstOf(Config config, String key, long otherwise) {
        if (config.value(key) instanceof long[] perLayer) {
            return perLayer.length == 0 ? otherwise : perLayer[0];
        }
        return config.integer(key, otherwise);
    }

    private ElementType fit(SourceTensor t, ElementType type) {
        long cols = cols(t.shape().shape());
        if (cols % type.blockElements() == 0) {
            return type;
        }
        ElementType other = MixRules.fallback(type, cols);
        notes.add("Tensor '" + t.name() + "' has rows of " + cols + " numbers, which " + type
                + " cannot hold in blocks of " + type.blockElements() + ": it is stored as " + other + ".");
        return other;
    }

    private void requireDecodable(SourceTensor t, ElementType type) {
        if (type != t.type() && t.type().quantized() && !options.requantize) {
            throw JandaiaException.usage("Tensor '" + t.name() + "' of " + source.path() + " is " + t.type()
                    + " already, and quantising again adds to its errors; start from a file in F16, BF16 or F32, or add"
                    + " --requantize.");
        }
        t.type().format(); // says so when it cannot be decoded
    }

    private static long cols(long[] shape) {
        return shape[shape.length - 1];
    }

    private static void encode(
            StoredTensor from,
            TensorShape to,
            GgufWriter writer,
            ComputeTeam team,
            Progress progress,
            long done,
            long total) {
        long cols = cols(to.shape());
        long rows = from.count() / cols;
        long batch = Math.clamp(BATCH / cols, 1, rows);
        long rowBytes = to.type().bytes(cols);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment out = arena.allocate(batch * rowBytes, 64);
            for (long row = 0; row < rows; row += batch) {
                requireNotInterrupted();
                long first = row;
                int some = (int) Math.min(batch, rows - row);
                team.run(some, (task, worker) -> {
                    MemorySegment numbers = team.scratch(worker, cols * Float.BYTES);
                    encodeRow(from, first + task, cols, numbers, to.type(), out, task * rowBytes);
                });
                writer.append(out.asSlice(0, some * rowBytes));
                progress.at(done + (row + some) * cols, total);
            }
        }
    }

    private static void encodeRow(
            StoredTensor from,
            long row,
            long cols,
            MemorySegment numbers,
            ElementType type,
            MemorySegment out,
            long at) {
        ElementType source = from.type();
        source.format().decode(from.data(), row * source.bytes(cols), numbers, 0, cols / source.blockElements());
        try {
            type.format().encode(numbers, 0, out, at, cols / type.blockElements());
        } catch (JandaiaException e) {
            throw new JandaiaException(
                    e.kind(), "Cannot quantise row " + row + " of tensor '" + from.name() + "'. " + e.getMessage(), e);
        }
    }

    private static void requireNotInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new JandaiaException(
                    JandaiaException.Kind.CANCELLED, "Quantising was interrupted; nothing has been written.");
        }
    }
}
