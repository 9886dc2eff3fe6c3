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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes a safetensors file as a stream: the header first, then the tensors in its order, each in any number of parts. The
 * file appears under its name when it is complete and on the disk ({@link #finish}); until then it is beside it with the
 * ending {@code .part}, which {@link #close} removes. For one thread.
 */
public final class SafetensorsWriter implements AutoCloseable {

    /** What Hub programs expect in the metadata of weights; transformers refuses files without it. */
    public static final Map<String, String> PYTORCH = Map.of("format", "pt");

    /** Where tensors begin, so that those of whole lines of the cache stay so in a mapped file. */
    private static final int ALIGNMENT = 64;

    private static final int MAX_WRITE = 8 << 20;

    private final Path file;
    private final Path part;
    private final List<TensorShape> tensors;
    private final FileChannel channel;
    private int current = -1;
    private long missing;
    private boolean finished;

    private SafetensorsWriter(Path file, Path part, List<TensorShape> tensors, FileChannel channel) {
        this.file = file;
        this.part = part;
        this.tensors = tensors;
        this.channel = channel;
    }

    /**
     * Begins a file with its header.
     *
     * @param tensors in the order in which they will be written; those of wide types first keep all of them aligned
     */
    public static SafetensorsWriter create(Path file, List<TensorShape> tensors, Map<String, String> metadata) {
        byte[] header = header(file, tensors, metadata);
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try {
            FileChannel channel = FileChannel.open(
                    part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
            SafetensorsWriter writer = new SafetensorsWriter(file, part, List.copyOf(tensors), channel);
            try {
                writer.put(ByteBuffer.wrap(header));
            } catch (Throwable e) {
                writer.close();
                throw e;
            }
            return writer;
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    private static byte[] header(Path file, List<TensorShape> tensors, Map<String, String> metadata) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        if (!metadata.isEmpty()) {
            ObjectNode object = json.putObject("__metadata__");
            metadata.forEach(object::put);
        }
        Set<String> names = new HashSet<>();
        long at = 0;
        for (TensorShape t : tensors) {
            if (!names.add(t.name()) || t.name().equals("__metadata__")) {
                throw JandaiaException.usage("Cannot write " + file + ": the name " + Text.quote(t.name())
                        + " is taken; expected each tensor once.");
            }
            ObjectNode entry = json.putObject(t.name());
            entry.put("dtype", dtype(t));
            ArrayNode shape = entry.putArray("shape");
            for (long d : t.shape()) {
                shape.add(d);
            }
            entry.putArray("data_offsets").add(at).add(Math.addExact(at, t.bytes()));
            at += t.bytes();
        }
        byte[] text = JsonMapper.shared().writeValueAsString(json).getBytes(StandardCharsets.UTF_8);
        int length = (text.length + 8 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        ByteBuffer out = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(length - 8L).put(text);
        while (out.hasRemaining()) {
            out.put((byte) ' '); // the format's own padding
        }
        byte[] bytes = new byte[length];
        out.get(0, bytes);
        return bytes;
    }

    private static String dtype(TensorShape t) {
        if (t.type().quantized()) {
            throw JandaiaException.unsupported("Cannot write tensor " + Text.quote(t.name()) + " as safetensors: the"
                    + " format has no type " + t.type() + "; write it as F32, F16 or BF16.");
        }
        return t.type().name();
    }

    /** Writes the next tensor whole; {@code name} makes sure that it is the right one. */
    public void write(String name, MemorySegment data) {
        begin(name);
        append(data);
    }

    /** Begins the next tensor, whose bytes {@link #append} brings in parts. */
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
                MemorySegment next = data.asSlice(at, Math.min(MAX_WRITE, data.byteSize() - at));
                put(next.isNative() ? next.asByteBuffer() : ByteBuffer.wrap(next.toArray(ValueLayout.JAVA_BYTE)));
            }
        } catch (IOException e) {
            throw failed(file, e);
        }
        missing -= data.byteSize();
    }

    /** Ends the file: forces it to the disk and gives it its name. */
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
        if (finished) {
            return;
        }
        try {
            channel.close();
            Files.deleteIfExists(part);
        } catch (IOException e) {
            throw failed(file, e);
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

    static JandaiaException failed(Path file, IOException e) {
        if (e instanceof ClosedByInterruptException) {
            return new JandaiaException(JandaiaException.Kind.CANCELLED, "Writing " + file + " was interrupted.", e);
        }
        return new JandaiaException(
                JandaiaException.Kind.RESOURCE,
                "Cannot write " + file + ": " + e + "; check the disk's free space and the folder's permissions.",
                e);
    }
}
