package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes a GGUF file (version 3) as a stream: the header first, then the tensors in its order, each in any number of parts.
 * The file appears under its name when it is complete and on the disk ({@link #finish}); until then it is beside it with the
 * ending {@code .part}, which {@link #close} removes, as the end of the process does. For one thread.
 */
public final class GgufWriter implements AutoCloseable {

    private static final int MAGIC = 0x46554747; // "GGUF"
    private static final int VERSION = 3;
    private static final String ALIGNMENT_KEY = "general.alignment";
    private static final int ALIGNMENT = 32;

    private final TensorStream stream;
    private final Thread removal;

    private GgufWriter(TensorStream stream) {
        this.stream = stream;
        this.removal = new Thread(stream::close, "remove-unfinished-file");
    }

    /**
     * Begins a file with its header.
     *
     * @param metadata in its order; {@code general.alignment} is obeyed
     * @param tensors in the order in which they will be written
     * @throws JandaiaException RESOURCE when the disk has no room for them
     */
    public static GgufWriter create(Path file, Map<String, GgufValue> metadata, List<TensorShape> tensors) {
        Path absolute = file.toAbsolutePath();
        GgufValue asked = metadata.get(ALIGNMENT_KEY);
        long alignment = asked == null ? ALIGNMENT : asked.asU32();
        ByteBuffer header = header(file, metadata, tensors, alignment);
        try {
            requireRoom(absolute, header.remaining(), tensors, alignment);
            GgufWriter writer = new GgufWriter(new TensorStream(absolute, tensors, alignment));
            Runtime.getRuntime().addShutdownHook(writer.removal);
            try {
                writer.stream.put(header);
            } catch (Throwable e) {
                writer.close();
                throw e;
            }
            return writer;
        } catch (IOException e) {
            throw TensorStream.failed(file, e);
        }
    }

    private static void requireRoom(Path file, long header, List<TensorShape> tensors, long alignment)
            throws IOException {
        long needed = header;
        for (TensorShape t : tensors) {
            needed = Math.addExact(needed, TensorStream.padded(t.bytes(), alignment));
        }
        Path folder = file.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw JandaiaException.notFound(
                    "Cannot write " + file + ": there is no folder " + folder + "; make it first.");
        }
        FileStore disk = Files.getFileStore(folder);
        if (disk.getUsableSpace() < needed) {
            throw JandaiaException.resource("Cannot write " + file + ": it needs " + needed
                    + " bytes, but the disk has " + disk.getUsableSpace() + " left; free some or choose another disk.");
        }
    }

    private static ByteBuffer header(
            Path file, Map<String, GgufValue> metadata, List<TensorShape> tensors, long alignment) {
        long size = 24;
        for (Map.Entry<String, GgufValue> e : metadata.entrySet()) {
            size += 12L + utf8(e.getKey()).length + e.getValue().bytes().byteSize();
        }
        Set<String> names = new HashSet<>();
        for (TensorShape t : tensors) {
            size += 24L + utf8(t.name()).length + 8L * t.shape().length;
            if (!names.add(t.name())) {
                throw JandaiaException.usage("Cannot write " + file + ": the name " + Text.quote(t.name())
                        + " is taken; expected each tensor once.");
            }
        }
        ByteBuffer out = ByteBuffer.allocate(Math.toIntExact(TensorStream.padded(size, alignment)))
                .order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(MAGIC).putInt(VERSION).putLong(tensors.size()).putLong(metadata.size());
        metadata.forEach((key, value) -> {
            putString(out, key);
            out.putInt(value.type());
            out.put(value.bytes().toArray(ValueLayout.JAVA_BYTE));
        });
        long offset = 0;
        for (TensorShape t : tensors) {
            putString(out, t.name());
            out.putInt(t.shape().length);
            for (int i = t.shape().length - 1; i >= 0; i--) { // innermost first
                out.putLong(t.shape()[i]);
            }
            out.putInt(GgmlType.of(t.type()).id()).putLong(offset);
            offset = Math.addExact(offset, TensorStream.padded(t.bytes(), alignment));
        }
        return out.rewind();
    }

    private static byte[] utf8(String s) {
        return s.getBytes(StandardCharsets.UTF_8);
    }

    private static void putString(ByteBuffer out, String s) {
        byte[] utf8 = utf8(s);
        out.putLong(utf8.length).put(utf8);
    }

    /** Begins the next tensor, whose bytes {@link #append} brings; {@code name} makes sure that it is the right one. */
    public void begin(String name) {
        stream.begin(name);
    }

    /** Writes some more bytes of the tensor that was begun. */
    public void append(MemorySegment data) {
        stream.append(data);
    }

    /** Ends the file: forces it to the disk and gives it its name, in place of a file that has it. */
    public void finish() {
        stream.finish();
    }

    /** Removes what was written unless it was finished. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(removal);
        } catch (IllegalStateException e) {
            // The process is ending; the hook removes the file, now or a moment later.
        }
        stream.close();
    }
}
