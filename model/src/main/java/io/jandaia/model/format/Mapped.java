package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A whole file, mapped read-only, and what both formats check in it. */
record Mapped(Path path, MemorySegment data) {

    /** More tensors than any model has; bounds what a hostile header can make the reader allocate. */
    static final int MAX_TENSORS = 1_000_000;

    /**
     * One tensor as a header describes it.
     *
     * @param type null when this version cannot read it
     * @param typeName the type as the file calls it
     * @param shape outermost first
     * @param begin first byte in the file
     * @param end one past the last byte
     */
    record Entry(String name, @Nullable ElementType type, String typeName, long[] shape, long begin, long end) {}

    static Mapped map(Path path, Arena arena) {
        FileKind.requireFile(path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = channel.size();
            return new Mapped(path, channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena));
        } catch (IOException e) {
            throw FileKind.unreadable(path, e);
        }
    }

    long size() {
        return data.byteSize();
    }

    /** A FORMAT error of this file: which field, where, what is wrong. */
    JandaiaException damaged(String field, long offset, String problem) {
        return JandaiaException.format("Cannot read " + path + ": " + field + " at byte " + offset + " " + problem
                + "; the file is damaged or incomplete, fetch it again.");
    }

    /** Checks that no two entries share bytes, and with {@code packed} that they fill [from, size) without a hole. */
    void checkLayout(List<Entry> entries, long from, boolean packed) {
        List<Entry> sorted = entries.stream()
                .sorted(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end))
                .toList();
        long at = from;
        String before = "the header";
        for (Entry e : sorted) {
            if (e.begin < at && e.begin < e.end) {
                throw damaged(
                        "the data of tensor " + quote(e.name),
                        e.begin,
                        "overlaps " + before + ", which ends at byte " + at);
            }
            if (packed && e.begin != at) {
                throw damaged(
                        "the data of tensor " + quote(e.name),
                        e.begin,
                        "does not follow " + before + ", which ends at byte " + at
                                + " (safetensors allows neither holes nor overlaps)");
            }
            if (e.end > at) {
                at = e.end;
                before = "tensor " + quote(e.name);
            }
        }
        if (packed && at != size()) {
            throw damaged("the end of " + before, at, "is not the end of the file at byte " + size());
        }
    }

    /** Adds the entries to what a file offers: those that can be read, and the others by type. */
    void addTo(List<Entry> entries, Map<String, StoredTensor> tensors, Map<String, String> unsupported) {
        for (Entry e : entries) {
            if (tensors.containsKey(e.name) || unsupported.containsKey(e.name)) {
                throw JandaiaException.format("Cannot read " + path + ": its tensor " + quote(e.name)
                        + " is also in another file of the same model; fetch the model again.");
            }
            if (e.type == null) {
                unsupported.put(e.name, e.typeName);
            } else {
                MemorySegment bytes = data.asSlice(e.begin, e.end - e.begin);
                tensors.put(e.name, new StoredTensor(e.name, e.type, e.shape, bytes));
            }
        }
    }

    /** A name for messages: quoted, cut when long, with control characters made visible. */
    static String quote(String name) {
        String cut = name.length() > 80 ? name.substring(0, 80) + "..." : name;
        StringBuilder out = new StringBuilder("'");
        cut.codePoints().forEach(c -> {
            if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
                out.append(String.format("\\u%04x", c));
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.append('\'').toString();
    }
}
