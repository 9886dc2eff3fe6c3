package io.jandaia.model.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * A value of GGUF metadata as a file holds it: copying one keeps the width of its numbers, which {@link Gguf#metadata} widens.
 *
 * @param type its type's number
 * @param bytes the value, little-endian
 */
public record GgufValue(int type, MemorySegment bytes) {

    private static final int U8 = 0;
    private static final int U32 = 4;
    private static final int I32 = 5;
    private static final int F32 = 6;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    /** An unsigned number of 32 bits, what most sizes and ids are. */
    public static GgufValue u32(long value) {
        return new GgufValue(U32, of(4).putInt((int) Objects.checkIndex(value, 1L << 32)));
    }

    public static GgufValue f32(float value) {
        return new GgufValue(F32, of(4).putFloat(value));
    }

    public static GgufValue of(boolean value) {
        return new GgufValue(BOOL, of(1).put((byte) (value ? 1 : 0)));
    }

    public static GgufValue of(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        return new GgufValue(STRING, string(of(8 + utf8.length), utf8));
    }

    public static GgufValue of(List<String> values) {
        List<byte[]> utf8 =
                values.stream().map(v -> v.getBytes(StandardCharsets.UTF_8)).toList();
        long bytes = utf8.stream().mapToLong(v -> 8L + v.length).sum();
        ByteBuffer out = array(STRING, utf8.size(), bytes);
        utf8.forEach(v -> string(out, v));
        return new GgufValue(ARRAY, out);
    }

    /** An array of bytes. */
    public static GgufValue of(byte[] values) {
        return new GgufValue(ARRAY, array(U8, values.length, values.length).put(values));
    }

    /** An array of signed numbers of 32 bits. */
    public static GgufValue of(int[] values) {
        ByteBuffer out = array(I32, values.length, 4L * values.length);
        for (int v : values) {
            out.putInt(v);
        }
        return new GgufValue(ARRAY, out);
    }

    public static GgufValue of(float[] values) {
        ByteBuffer out = array(F32, values.length, 4L * values.length);
        for (float v : values) {
            out.putFloat(v);
        }
        return new GgufValue(ARRAY, out);
    }

    /** The number of an unsigned value of 32 bits. */
    long asU32() {
        return bytes.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0) & 0xFFFF_FFFFL;
    }

    private GgufValue(int type, ByteBuffer filled) {
        this(type, MemorySegment.ofBuffer(filled.flip()));
    }

    private static ByteBuffer of(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer array(int type, long length, long bytes) {
        return of(Math.toIntExact(12 + bytes)).putInt(type).putLong(length);
    }

    private static ByteBuffer string(ByteBuffer out, byte[] utf8) {
        return out.putLong(utf8.length).put(utf8);
    }
}
