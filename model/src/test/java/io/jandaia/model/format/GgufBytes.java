package io.jandaia.model.format;

import io.jandaia.tensor.ElementType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Tiny GGUF files in memory for tests, wrong ones too, which {@link GgufWriter} would not write. */
public final class GgufBytes {

    private final Bytes pairs = new Bytes();
    private final Bytes infos = new Bytes();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private long keys;
    private long tensors;
    private int version = 3;
    private int alignment = 32;

    public GgufBytes version(int version) {
        this.version = version;
        return this;
    }

    public GgufBytes alignment(int alignment) {
        this.alignment = alignment;
        return put("general.alignment", 4, b -> b.i32(alignment));
    }

    public GgufBytes put(String key, String value) {
        return put(key, 8, b -> b.string(value));
    }

    public GgufBytes put(String key, long u32) {
        return put(key, 4, b -> b.i32((int) u32));
    }

    public GgufBytes put(String key, float value) {
        return put(key, 6, b -> b.i32(Float.floatToRawIntBits(value)));
    }

    public GgufBytes put(String key, boolean value) {
        return put(key, 7, b -> b.i8(value ? 1 : 0));
    }

    public GgufBytes put(String key, String... values) {
        return put(key, 9, b -> {
            b.i32(8).i64(values.length);
            Arrays.stream(values).forEach(b::string);
        });
    }

    public GgufBytes put(String key, float... values) {
        return put(key, 9, b -> {
            b.i32(6).i64(values.length);
            for (float v : values) {
                b.i32(Float.floatToRawIntBits(v));
            }
        });
    }

    /** An array of i32. */
    public GgufBytes put(String key, int... values) {
        return put(key, 9, b -> {
            b.i32(5).i64(values.length);
            Arrays.stream(values).forEach(b::i32);
        });
    }

    /** Any value: its type's number and its bytes. */
    public GgufBytes put(String key, int type, java.util.function.Consumer<Bytes> value) {
        keys++;
        pairs.string(key).i32(type);
        value.accept(pairs);
        return this;
    }

    /** A tensor of a type that can be encoded, from floats; {@code shape} outermost first. */
    public GgufBytes add(String name, ElementType type, long[] shape, float... values) {
        byte[] bytes = new byte[(int) type.bytes(values.length)];
        type.format()
                .encode(
                        MemorySegment.ofArray(values),
                        0,
                        MemorySegment.ofArray(bytes),
                        0,
                        values.length / type.blockElements());
        return add(name, GgmlType.of(type).id(), shape, bytes);
    }

    public GgufBytes add(String name, int ggmlType, long[] shape, byte[] bytes) {
        pad(data, alignment);
        info(name, ggmlType, shape, data.size());
        data.writeBytes(bytes);
        return this;
    }

    /** A tensor's description only, with any offset. */
    public GgufBytes info(String name, int ggmlType, long[] shape, long offset) {
        tensors++;
        infos.string(name).i32(shape.length);
        for (int i = shape.length - 1; i >= 0; i--) {
            infos.i64(shape[i]);
        }
        infos.i32(ggmlType).i64(offset);
        return this;
    }

    public byte[] bytes() {
        return bytes(tensors, keys);
    }

    /** The file with any counts. */
    public byte[] bytes(long tensorCount, long keyCount) {
        Bytes out = new Bytes().i32(0x46554747).i32(version).i64(tensorCount).i64(keyCount);
        out.out.writeBytes(pairs.out.toByteArray());
        out.out.writeBytes(infos.out.toByteArray());
        pad(out.out, alignment);
        out.out.writeBytes(data.toByteArray());
        return out.out.toByteArray();
    }

    public Path write(Path file) {
        try {
            return Files.write(file, bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void pad(ByteArrayOutputStream out, int alignment) {
        while (out.size() % alignment != 0) {
            out.write(0);
        }
    }

    /** Little-endian output. */
    public static final class Bytes {

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        public Bytes i8(int v) {
            out.write(v);
            return this;
        }

        public Bytes i16(int v) {
            return i8(v).i8(v >> 8);
        }

        public Bytes i32(int v) {
            return i16(v).i16(v >> 16);
        }

        public Bytes i64(long v) {
            out.writeBytes(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(v)
                    .array());
            return this;
        }

        public Bytes string(String s) {
            byte[] utf8 = s.getBytes(StandardCharsets.UTF_8);
            i64(utf8.length);
            out.writeBytes(utf8);
            return this;
        }
    }
}
