package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
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
    private static final int MAX_WRITE = 8 << 20;

    private final Path file;
    private final Path part;
    private final List<TensorShape> tensors;
    private final long alignment;
    private final FileChannel channel;
    private final Thread removal = new Thread(this::remove, "remove-unfinished-file");
    private int current = -1;
    private long missing;
    private boolean finished;

    private GgufWriter(Path file, Path part, List<TensorShape> tensors, long alignment, FileChannel channel) {
        this.file = file;
        this.part = part;
        this.tensors = tensors;
        this.alignment = alignment;
        this.channel = channel;
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
        Path part = absolute.resolveSibling(absolute.getFileName() + ".part");
        GgufValue asked = metadata.get(ALIGNMENT_KEY);
        long alignment = asked == null ? ALIGNMENT : asked.asU32();
        ByteBuffer header = header(file, metadata, tensors, alignment);
        try {
            requireRoom(absolute, header.remaining(), tensors, alignment);
            FileChannel channel = FileChannel.open(
                    part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
            GgufWriter writer = new GgufWriter(absolute, part, List.copyOf(tensors), alignment, channel);
            Runtime.getRuntime().addShutdownHook(writer.removal);
            try {
                writer.put(header);
            } catch (Throwable e) {
                writer.close();
                throw e;
            }
            return writer;
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    private static void requireRoom(Path file, long header, List<TensorShape> tensors, long alignment)
            throws IOException {
        long needed = header;
        for (TensorShape t : tensors) {
            needed = Math.addExact(needed, padded(t.bytes(), alignment));
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
        ByteBuffer out =
                ByteBuffer.allocate(Math.toIntExact(padded(size, alignment))).order(ByteOrder.LITTLE_ENDIAN);
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
            offset = Math.addExact(offset, padded(t.bytes(), alignment));
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

    private static long padded(long bytes, long alignment) {
        return Math.addExact(bytes, alignment - 1) & -alignment;
    }

    /** Begins the next tensor, whose bytes {@link #append} brings; {@code name} makes sure that it is the right one. */
    public void begin(String name) {
        if (missing != 0) {
            throw wrong("tensor " + Text.quote(tensors.get(current).name()) + " lacks " + missing + " bytes");
        }
        if (current + 1 == tensors.size() || !tensors.get(current + 1).name().equals(name)) {
            throw wrong("tensor " + Text.quote(name) + " came where the header has "
                    + (current + 1 == tensors.size()
                            ? "no more"
                            : Text.quote(tensors.get(current + 1).name())));
        }
        missing = tensors.get(++current).bytes();
    }

    /** Writes some more bytes of the tensor that was begun. */
    public void append(MemorySegment data) {
        if (data.byteSize() > missing) {
            throw wrong("more bytes came than the tensor has");
        }
        try {
            for (long at = 0; at < data.byteSize(); at += MAX_WRITE) {
                MemorySegment some = data.asSlice(at, Math.min(MAX_WRITE, data.byteSize() - at));
                put(some.isNative() ? some.asByteBuffer() : ByteBuffer.wrap(some.toArray(ValueLayout.JAVA_BYTE)));
            }
            missing -= data.byteSize();
            if (missing == 0) {
                long bytes = tensors.get(current).bytes();
                put(ByteBuffer.allocate((int) (padded(bytes, alignment) - bytes)));
            }
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /** Ends the file: forces it to the disk and gives it its name, in place of a file that has it. */
    public void finish() {
        if (missing != 0 || current + 1 != tensors.size()) {
            throw wrong("it has " + (current + 1) + " of " + tensors.size() + " tensors, the last lacking " + missing
                    + " bytes");
        }
        try {
            channel.force(true);
            channel.close();
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            finished = true;
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /** Removes what was written unless it was finished. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(removal);
        } catch (IllegalStateException e) {
            // The process is ending; the hook removes the file, now or a moment later.
        }
        remove();
    }

    private void remove() {
        if (finished) {
            return;
        }
        try {
            channel.close();
            Files.deleteIfExists(part);
        } catch (IOException e) {
            throw failed(part, e);
        }
    }

    private void put(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private JandaiaException wrong(String problem) {
        return new JandaiaException(JandaiaException.Kind.INTERNAL, "Cannot write " + file + ": " + problem + ".");
    }

    private static JandaiaException failed(Path file, IOException e) {
        if (e instanceof ClosedByInterruptException) {
            return new JandaiaException(JandaiaException.Kind.CANCELLED, "Writing " + file + " was interrupted.", e);
        }
        return new JandaiaException(
                JandaiaException.Kind.RESOURCE,
                "Cannot write " + file + ": " + e + "; check the disk's free space and the folder's permissions.",
                e);
    }
}
