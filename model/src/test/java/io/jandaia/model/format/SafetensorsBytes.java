package io.jandaia.model.format;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Writes tiny safetensors files for tests; {@link #header} and {@link #bytes} let a test write a wrong one on purpose. */
public final class SafetensorsBytes {

    private final List<String> fields = new ArrayList<>();
    private final List<byte[]> data = new ArrayList<>();
    private long at;

    /** A float32 tensor. */
    public SafetensorsBytes add(String name, long[] shape, float... values) {
        ByteBuffer b = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        b.asFloatBuffer().put(values);
        return add(name, "F32", shape, b.array());
    }

    public SafetensorsBytes add(String name, String dtype, long[] shape, byte[] bytes) {
        fields.add("\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":"
                + Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(",", "[", "]"))
                + ",\"data_offsets\":[" + at + "," + (at + bytes.length) + "]}");
        data.add(bytes);
        at += bytes.length;
        return this;
    }

    public SafetensorsBytes metadata(String key, String value) {
        fields.add("\"__metadata__\":{\"" + key + "\":\"" + value + "\"}");
        return this;
    }

    public String header() {
        return "{" + String.join(",", fields) + "}";
    }

    public byte[] bytes() {
        return bytes(header());
    }

    /** The file with another header in place of the right one. */
    public byte[] bytes(String header) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer b = ByteBuffer.allocate((int) (8 + json.length + at)).order(ByteOrder.LITTLE_ENDIAN);
        b.putLong(json.length).put(json);
        data.forEach(b::put);
        return b.array();
    }

    public Path write(Path file) {
        try {
            return Files.write(file, bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
