package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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

    private final TensorStream stream;

    private SafetensorsWriter(TensorStream stream) {
        this.stream = stream;
    }

    /**
     * Begins a file with its header.
     *
     * @param tensors in the order in which they will be written; those of wide types first keep all of them aligned
     */
    public static SafetensorsWriter create(Path file, List<TensorShape> tensors, Map<String, String> metadata) {
        byte[] header = header(file, tensors, metadata);
        try {
            TensorStream stream = new TensorStream(file, tensors, 1);
            try {
                stream.put(ByteBuffer.wrap(header));
            } catch (Throwable e) {
                stream.close();
                throw e;
            }
            return new SafetensorsWriter(stream);
        } catch (IOException e) {
            throw TensorStream.failed(file, e);
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
        stream.begin(name);
    }

    /** Writes some more bytes of the tensor that was begun. */
    public void append(MemorySegment data) {
        stream.append(data);
    }

    /** Ends the file: forces it to the disk and gives it its name. */
    public void finish() {
        stream.finish();
    }

    /** Removes what was written unless it was finished. */
    @Override
    public void close() {
        stream.close();
    }
}
