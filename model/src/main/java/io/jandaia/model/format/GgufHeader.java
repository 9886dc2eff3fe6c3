package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.format.Mapped.Entry;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the header of one GGUF file: counts, metadata, tensor descriptions. Every length is compared with what is left of
 * the file before anything is allocated, and totals are bounded.
 */
final class GgufHeader {

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int MAGIC = 0x46554747; // "GGUF"
    private static final int MAX_KEYS = 1_000_000;
    private static final int MAX_KEY_BYTES = 65_535;
    /** The specification says 64; programs that build ggml with longer names exist. */
    private static final int MAX_NAME_BYTES = 256;

    private static final int MAX_DIMENSIONS = 4;
    private static final int MAX_ARRAY_DEPTH = 8;
    /** Array elements and bytes of text in all the metadata: ten times what the largest vocabularies have. */
    private static final long MAX_ELEMENTS = 1 << 24;

    private static final long MAX_TEXT = 1 << 28;
    private static final String[] VALUE_TYPES = {
        "u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "string", "array", "u64", "i64", "f64"
    };
    private static final int[] VALUE_BYTES = {1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8};
    private static final int TYPE_F32 = 6;
    private static final int TYPE_BOOL = 7;
    private static final int TYPE_STRING = 8;
    private static final int TYPE_ARRAY = 9;
    private static final int TYPE_U64 = 10;
    private static final int TYPE_F64 = 12;

    private final Mapped file;
    private final MemorySegment data;
    private long at;
    private long elements;
    private long text;
    private byte[] buffer = new byte[256];

    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private final Map<String, GgufValue> values = new LinkedHashMap<>();
    private final List<Entry> entries = new ArrayList<>();
    private long dataStart;

    private GgufHeader(Mapped file) {
        this.file = file;
        this.data = file.data();
    }

    static GgufHeader read(Mapped file) {
        GgufHeader header = new GgufHeader(file);
        header.read();
        return header;
    }

    Mapped file() {
        return file;
    }

    Map<String, Object> metadata() {
        return metadata;
    }

    /** The metadata as it is written, with the types of its numbers. */
    Map<String, GgufValue> values() {
        return values;
    }

    List<Entry> entries() {
        return entries;
    }

    /** Where the tensors begin. */
    long dataStart() {
        return dataStart;
    }

    private void read() {
        if (readInt("the magic") != MAGIC) {
            throw file.damaged("the magic", 0, "is not 'GGUF'");
        }
        int version = readInt("the version");
        if (version != 2 && version != 3) {
            boolean swapped = Integer.reverseBytes(version) == 2 || Integer.reverseBytes(version) == 3;
            throw JandaiaException.unsupported("Cannot read " + file.path() + ": its GGUF version at byte 4 is "
                    + (swapped
                            ? Integer.reverseBytes(version) + " in big-endian order; convert it to little-endian"
                            : Integer.toUnsignedString(version)
                                    + ", where 2 and 3 can be read; convert the model again")
                    + ".");
        }
        long tensors = readCount("the tensor count", Mapped.MAX_TENSORS, 24);
        long keys = readCount("the metadata count", MAX_KEYS, 13);
        for (long i = 0; i < keys; i++) {
            readPair();
        }
        long alignment = alignment();
        readTensors(tensors, alignment);
    }

    private void readPair() {
        long start = at;
        String key = readName("a metadata key", MAX_KEY_BYTES);
        String what = "metadata " + Text.quote(key);
        int type = readType(what);
        long begin = at;
        Object value = type == TYPE_ARRAY ? readArray(what, 1) : readScalar(what, type);
        if (metadata.putIfAbsent(key, value) != null) {
            throw file.damaged(what, start, "occurs twice");
        }
        values.put(key, new GgufValue(type, data.asSlice(begin, at - begin)));
    }

    private int readType(String what) {
        int type = readInt("the type of " + what);
        if (type < 0 || type >= VALUE_TYPES.length) {
            throw file.damaged(
                    "the type of " + what, at - 4, "is " + Integer.toUnsignedString(type) + ", expected 0 to 12");
        }
        return type;
    }

    private Object readScalar(String what, int type) {
        if (type == TYPE_STRING) {
            return readString(what, MAX_TEXT);
        }
        long start = at;
        at += need(what, VALUE_BYTES[type]);
        return switch (type) {
            case TYPE_F32 -> data.get(FLOAT, start);
            case TYPE_F64 -> data.get(DOUBLE, start);
            case TYPE_BOOL -> bool(what, start);
            default -> integer(what, type, start);
        };
    }

    private Object readArray(String what, int depth) {
        int type = readType("the elements of " + what);
        long start = at;
        at += need("the length of " + what, 8);
        long length = data.get(LONG, start);
        long left = file.size() - at;
        if (length < 0 || length > left / VALUE_BYTES[type]) {
            throw file.damaged(
                    "the length of " + what,
                    start,
                    "is " + Long.toUnsignedString(length) + " elements of type " + VALUE_TYPES[type] + ", but " + left
                            + " bytes follow");
        }
        elements += length;
        if (elements > MAX_ELEMENTS) {
            throw file.damaged(
                    "the length of " + what,
                    start,
                    "makes more than " + MAX_ELEMENTS + " array elements in all, the limit");
        }
        int n = (int) length;
        return switch (type) {
            case TYPE_STRING -> {
                String[] values = new String[n];
                for (int i = 0; i < n; i++) {
                    values[i] = readString(what, MAX_TEXT);
                }
                yield values;
            }
            case TYPE_ARRAY -> {
                if (depth == MAX_ARRAY_DEPTH) {
                    throw file.damaged(what, start, "nests arrays more than " + MAX_ARRAY_DEPTH + " deep");
                }
                Object[] values = new Object[n];
                for (int i = 0; i < n; i++) {
                    values[i] = readArray(what, depth + 1);
                }
                yield values;
            }
            default -> {
                Object values = numbers(what, type, n);
                at += (long) n * VALUE_BYTES[type];
                yield values;
            }
        };
    }

    private Object numbers(String what, int type, int n) {
        return switch (type) {
            case TYPE_F32 -> {
                float[] values = new float[n];
                MemorySegment.copy(data, FLOAT, at, values, 0, n);
                yield values;
            }
            case TYPE_F64 -> {
                double[] values = new double[n];
                MemorySegment.copy(data, DOUBLE, at, values, 0, n);
                yield values;
            }
            case TYPE_BOOL -> {
                boolean[] values = new boolean[n];
                for (int i = 0; i < n; i++) {
                    values[i] = bool(what, at + i);
                }
                yield values;
            }
            default -> {
                long[] values = new long[n];
                for (int i = 0; i < n; i++) {
                    values[i] = integer(what, type, at + (long) i * VALUE_BYTES[type]);
                }
                yield values;
            }
        };
    }

    private boolean bool(String what, long offset) {
        byte b = data.get(BYTE, offset);
        if (b != 0 && b != 1) {
            throw file.damaged(what, offset, "is the bool " + (b & 255) + ", expected 0 or 1");
        }
        return b == 1;
    }

    private long integer(String what, int type, long offset) {
        return switch (type) {
            case 0 -> data.get(BYTE, offset) & 0xFF;
            case 1 -> data.get(BYTE, offset);
            case 2 -> data.get(SHORT, offset) & 0xFFFF;
            case 3 -> data.get(SHORT, offset);
            case 4 -> data.get(INT, offset) & 0xFFFFFFFFL;
            case 5 -> data.get(INT, offset);
            default -> {
                long v = data.get(LONG, offset);
                if (v < 0 && type == TYPE_U64) {
                    throw file.damaged(
                            what, offset, "is " + Long.toUnsignedString(v) + ", beyond the signed 64-bit range");
                }
                yield v;
            }
        };
    }

    private long alignment() {
        Object value = metadata.getOrDefault("general.alignment", 32L);
        if (!(value instanceof Long a) || a < 1 || a > 1 << 20 || Long.bitCount(a) != 1) {
            throw JandaiaException.format("Cannot read " + file.path()
                    + ": metadata 'general.alignment' is " + (value instanceof Number ? value : "no number")
                    + ", expected a power of two up to 1048576; the file is damaged, fetch it again.");
        }
        return a;
    }

    private void readTensors(long count, long alignment) {
        Set<String> names = new HashSet<>();
        List<Entry> raw = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            long start = at;
            String name = readName("the name of tensor " + i, MAX_NAME_BYTES);
            if (!names.add(name)) {
                throw file.damaged("the name of tensor " + i, start, "is " + Text.quote(name) + ", which occurs twice");
            }
            raw.add(readTensor("tensor " + Text.quote(name), name, alignment));
        }
        dataStart = (at + alignment - 1) & -alignment;
        for (Entry e : raw) {
            String what = "the data of tensor " + Text.quote(e.name());
            long room = file.size() - dataStart;
            if (e.begin() > room || e.end() > room) {
                throw file.damaged(
                        what,
                        dataStart + Math.min(e.begin(), file.size()),
                        "needs the bytes " + e.begin() + " to " + e.end() + " after the header, which "
                                + Math.max(room, 0) + " bytes follow");
            }
            entries.add(
                    new Entry(e.name(), e.type(), e.typeName(), e.shape(), dataStart + e.begin(), dataStart + e.end()));
        }
    }

    /** A tensor's description, with begin and end relative to the start of the data. */
    private Entry readTensor(String what, String name, long alignment) {
        long dimsAt = at;
        int dims = readInt("the dimensions of " + what);
        if (dims < 0 || dims > MAX_DIMENSIONS) {
            throw file.damaged(
                    "the dimensions of " + what,
                    dimsAt,
                    "are " + Integer.toUnsignedString(dims) + ", expected at most " + MAX_DIMENSIONS);
        }
        need("the shape of " + what, 8L * dims + 12);
        long[] shape = new long[dims];
        long count = 1;
        for (int i = 0; i < dims; i++) {
            // Innermost first in the file.
            shape[dims - 1 - i] = data.get(LONG, at + 8L * i);
        }
        long typeAt = at + 8L * dims;
        int id = data.get(INT, typeAt);
        long begin = data.get(LONG, typeAt + 4);
        at = typeAt + 12;
        if (begin < 0 || begin % alignment != 0 || begin > file.size()) {
            throw file.damaged(
                    "the offset of " + what,
                    typeAt + 4,
                    "is " + Long.toUnsignedString(begin) + ", expected a multiple of " + alignment
                            + " within the file's " + file.size() + " bytes");
        }
        GgmlType type = GgmlType.of(id);
        long end = begin;
        try {
            for (long d : shape) {
                count = d < 0 ? Math.multiplyExact(Long.MAX_VALUE, 2L) : Math.multiplyExact(count, d);
            }
            if (type != null) {
                long row = dims == 0 ? 1 : shape[dims - 1];
                if (row % type.blockElements() != 0) {
                    throw file.damaged(
                            "the shape of " + what,
                            dimsAt + 4,
                            "is " + Arrays.toString(shape) + ", but rows of type " + type.name() + " are multiples of "
                                    + type.blockElements());
                }
                end = Math.addExact(begin, Math.multiplyExact(count / type.blockElements(), (long) type.blockBytes()));
            }
        } catch (ArithmeticException e) {
            throw file.damaged("the shape of " + what, dimsAt + 4, "is " + unsigned(shape) + ", more than can be");
        }
        return type == null
                ? new Entry(name, null, "ggml type " + Integer.toUnsignedString(id), shape, begin, end)
                : new Entry(name, type.elementType(), type.name(), shape, begin, end);
    }

    private static String unsigned(long[] shape) {
        return Arrays.toString(
                Arrays.stream(shape).mapToObj(Long::toUnsignedString).toArray());
    }

    private String readName(String what, long max) {
        long start = at;
        String name = readString(what, max);
        if (name.isEmpty()) {
            throw file.damaged(what, start, "is empty");
        }
        return name;
    }

    private String readString(String what, long max) {
        long start = at;
        at += need("the length of " + what, 8);
        long length = data.get(LONG, start);
        long left = file.size() - at;
        if (length < 0 || length > left) {
            throw file.damaged(
                    "the length of " + what,
                    start,
                    "is " + Long.toUnsignedString(length) + " bytes, but " + left + " bytes follow");
        }
        text += length;
        if (length > max || text > MAX_TEXT) {
            throw file.damaged(
                    "the length of " + what,
                    start,
                    "is " + length + " bytes" + (length > max ? ", expected at most " + max : ", too many in all"));
        }
        int n = (int) length;
        if (n > buffer.length) {
            buffer = new byte[Math.max(n, 2 * buffer.length)];
        }
        MemorySegment.copy(data, BYTE, at, buffer, 0, n);
        String value = Text.decode(buffer, n);
        if (value == null) {
            throw file.damaged(what, at, "is not valid UTF-8");
        }
        at += n;
        return value;
    }

    private int readInt(String what) {
        long start = at;
        at += need(what, 4);
        return data.get(INT, start);
    }

    private long readCount(String what, long max, long bytesEach) {
        long start = at;
        at += need(what, 8);
        long count = data.get(LONG, start);
        long left = file.size() - at;
        if (count < 0 || count > max || count > left / bytesEach) {
            throw file.damaged(
                    what,
                    start,
                    "is " + Long.toUnsignedString(count) + ", but " + left + " bytes follow and the limit is " + max);
        }
        return count;
    }

    /** Checks that {@code n} bytes are left; n. */
    private long need(String what, long n) {
        long left = file.size() - at;
        if (n > left) {
            throw file.damaged(what, at, "needs " + n + " bytes, but " + left + " are left");
        }
        return n;
    }
}
