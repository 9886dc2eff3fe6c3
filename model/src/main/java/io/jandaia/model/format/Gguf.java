package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * GGUF, versions 2 and 3, little-endian: typed metadata, then tensors at aligned offsets. Unlike ggml this reader allows
 * unused bytes between tensors. A split model ({@code name-00001-of-00003.gguf}) is opened by its first file, which has
 * the metadata of all.
 */
public final class Gguf implements ModelFile {

    private static final Pattern SPLIT_NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");
    private static final int MAX_SPLITS = 99_999;

    private final Path path;
    private final Arena arena = Arena.ofShared();
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    private final Map<String, String> unsupported = new LinkedHashMap<>();
    private Map<String, Object> metadata = Map.of();
    private Map<String, GgufValue> values = Map.of();
    private final List<Path> files = new ArrayList<>();
    private long bytes;

    private Gguf(Path path) {
        this.path = path;
    }

    public static Gguf open(Path path) {
        Gguf file = new Gguf(path);
        try {
            GgufHeader header = file.read(path);
            file.metadata = header.metadata();
            file.values = header.values();
            file.add(header);
            file.readOtherSplits();
            return file;
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public List<Path> files() {
        return Collections.unmodifiableList(files);
    }

    @Override
    public Map<String, StoredTensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public Map<String, String> unsupported() {
        return Collections.unmodifiableMap(unsupported);
    }

    @Override
    public Map<String, Object> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    /** The metadata as the file has it, for {@link GgufWriter}; valid until {@link #close}. */
    public Map<String, GgufValue> values() {
        return Collections.unmodifiableMap(values);
    }

    @Override
    public long bytes() {
        return bytes;
    }

    /** {@code general.architecture}, the prefix of the architecture's own keys: {@code llama}, {@code qwen3} ... */
    public String architecture() {
        return Config.of(path.toString(), metadata).string("general.architecture");
    }

    /** The keys of the architecture without their prefix: {@code block_count}, {@code attention.head_count} ... A new one. */
    public Config config() {
        return config(architecture());
    }

    /** The keys that begin with {@code prefix} and a dot, without these. A new one, which nobody has read from. */
    public Config config(String prefix) {
        return Config.of(path.toString(), metadata).section(prefix);
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private GgufHeader read(Path file) {
        files.add(file);
        return GgufHeader.read(Mapped.map(file, arena));
    }

    private void add(GgufHeader header) {
        header.file().checkLayout(header.entries(), header.dataStart(), false);
        header.file().addTo(header.entries(), tensors, unsupported);
        bytes += header.file().size();
    }

    private void readOtherSplits() {
        Config split = Config.of(path.toString(), metadata).section("split");
        long count = split.integer("count", 1);
        long number = split.integer("no", 0);
        if (count <= 1) {
            return;
        }
        Matcher name = SPLIT_NAME.matcher(String.valueOf(path.getFileName()));
        if (count > MAX_SPLITS || !name.matches() || Long.parseLong(name.group(3)) != count) {
            throw JandaiaException.format("Cannot open " + path + ": it says that it is one of " + count
                    + " files, so its name must be like " + splitName("model", 1, count)
                    + " for the others to be found; give the files their names back.");
        }
        if (number != 0) {
            throw JandaiaException.usage("Cannot open " + path + ": it is part " + (number + 1) + " of " + count
                    + " and has no metadata of its own; open " + splitName(name.group(1), 1, count) + " instead.");
        }
        List<Path> others = IntStream.rangeClosed(2, (int) count)
                .mapToObj(i -> path.resolveSibling(splitName(name.group(1), i, count)))
                .toList();
        List<Path> missing = others.stream().filter(f -> !Files.exists(f)).toList();
        if (!missing.isEmpty()) {
            throw JandaiaException.notFound("Cannot open " + path + ": of its " + count + " files " + missing.size()
                    + " are missing, the first is " + missing.getFirst() + "; fetch the whole model.");
        }
        for (int i = 1; i < count; i++) {
            Path other = others.get(i - 1);
            GgufHeader header = read(other);
            Config own = Config.of(other.toString(), header.metadata()).section("split");
            if (own.integer("no") != i || own.integer("count") != count) {
                throw JandaiaException.format("Cannot open " + path + ": by its metadata " + other + " is file "
                        + own.integer("no") + " (from 0) of " + own.integer("count") + ", expected file " + i + " of "
                        + count
                        + "; the files are of different models.");
            }
            add(header);
        }
        long expected = split.integer("tensors.count", tensors.size() + unsupported.size());
        if (expected != tensors.size() + unsupported.size()) {
            throw JandaiaException.format("Cannot open " + path + ": its " + count + " files have "
                    + (tensors.size() + unsupported.size()) + " tensors, but split.tensors.count is " + expected
                    + "; fetch the model again.");
        }
    }

    private static String splitName(String stem, int number, long count) {
        return String.format(Locale.ROOT, "%s-%05d-of-%05d.gguf", stem, number, count);
    }
}
