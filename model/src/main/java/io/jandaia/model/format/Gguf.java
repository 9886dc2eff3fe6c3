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
    private long bytes;

    private Gguf(Path path) {
        this.path = path;
    }

    public static Gguf open(Path path) {
        Gguf file = new Gguf(path);
        try {
            file.metadata = file.read(path);
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

    @Override
    public long bytes() {
        return bytes;
    }

    /** {@code general.architecture}, the prefix of the architecture's own keys: {@code llama}, {@code qwen3} ... */
    public String architecture() {
        return Config.of(path.toString(), metadata).string("general.architecture");
    }

    /** The keys of the architecture without their prefix: {@code block_count}, {@code attention.head_count} ... */
    public Config config() {
        return config(architecture());
    }

    /** The keys that begin with {@code prefix} and a dot, without these. */
    public Config config(String prefix) {
        return Config.of(path.toString(), metadata).section(prefix);
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private Map<String, Object> read(Path file) {
        Mapped mapped = Mapped.map(file, arena);
        GgufHeader header = GgufHeader.read(mapped);
        mapped.checkLayout(header.entries(), header.dataStart(), false);
        mapped.addTo(header.entries(), tensors, unsupported);
        bytes += mapped.size();
        return header.metadata();
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
        List<Path> others = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (int i = 2; i <= count; i++) {
            Path other = path.resolveSibling(splitName(name.group(1), i, count));
            (Files.exists(other) ? others : new ArrayList<Path>()).add(other);
            if (!Files.exists(other)) {
                missing.add(String.valueOf(other.getFileName()));
            }
        }
        if (!missing.isEmpty()) {
            throw JandaiaException.notFound("Cannot open " + path + ": of its " + count + " files " + missing.size()
                    + " are missing, the first is " + missing.getFirst() + "; fetch the whole model.");
        }
        for (int i = 0; i < others.size(); i++) {
            Config own =
                    Config.of(others.get(i).toString(), read(others.get(i))).section("split");
            if (own.integer("no") != i + 1 || own.integer("count") != count) {
                throw JandaiaException.format("Cannot open " + path + ": " + others.get(i) + " says that it is part "
                        + (own.integer("no") + 1) + " of " + own.integer("count") + ", expected part " + (i + 2)
                        + " of "
                        + count + "; the files are of different models.");
            }
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
