package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.format.Mapped.Entry;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Safetensors: eight bytes with the length of a JSON header, the header, the tensors. As in the reference implementation
 * the tensors must fill the rest of the file without holes or overlaps, and the header has at most 100 MB. A model in
 * several files has an index ({@code model.safetensors.index.json}) that says which tensor is in which.
 */
public final class Safetensors implements ModelFile {

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long MAX_HEADER = 100_000_000;
    private static final int MAX_DIMENSIONS = 64;
    private static final int MAX_METADATA = 100_000;

    private final Path path;
    private final Arena arena = Arena.ofShared();
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    private final Map<String, String> unsupported = new LinkedHashMap<>();
    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private long bytes;

    private Safetensors(Path path) {
        this.path = path;
    }

    /** Opens one file, or all files that an index names. */
    public static Safetensors open(Path path) {
        FileKind kind = FileKind.of(path);
        Safetensors file = new Safetensors(path);
        try {
            switch (kind) {
                case SAFETENSORS -> file.read(path, null);
                case INDEX -> file.readIndex();
                case GGUF, TORCH ->
                    throw JandaiaException.format(
                            "Cannot open " + path + " as safetensors: it is a " + kind + " file; open it as that.");
            }
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

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private void readIndex() {
        ShardIndex index = ShardIndex.read(path);
        index.tensorsByShard().forEach((shard, names) -> {
            read(index.file(shard, FileKind.SAFETENSORS, "a safetensors file"), index);
            for (String name : names) {
                if (!tensors.containsKey(name) && !unsupported.containsKey(name)) {
                    throw index.absent(name, shard);
                }
            }
        });
    }

    /**
     * Reads one file.
     *
     * @param index of the model in several files: a tensor that it wants from another one is left there
     */
    private void read(Path file, @Nullable ShardIndex index) {
        Mapped mapped = Mapped.map(file, arena);
        if (mapped.size() < 8) {
            throw mapped.damaged("the header length", 0, "needs 8 bytes, but the file has " + mapped.size());
        }
        long length = mapped.data().get(LONG, 0);
        if (length < 2 || length > mapped.size() - 8) {
            throw mapped.damaged(
                    "the header length",
                    0,
                    "is " + Long.toUnsignedString(length) + ", but " + (mapped.size() - 8) + " bytes follow");
        }
        if (length > MAX_HEADER) {
            throw mapped.damaged("the header length", 0, "is " + length + ", above the limit of " + MAX_HEADER);
        }
        byte[] header = new byte[(int) length];
        MemorySegment.copy(mapped.data(), ValueLayout.JAVA_BYTE, 8, header, 0, header.length);
        List<Entry> entries = new Header(mapped, Json.text(file, header, 8), 8 + length, metadata).read();
        mapped.checkLayout(entries, 8 + length, true);
        bytes += mapped.size();
        if (index != null) {
            String shard = String.valueOf(file.getFileName());
            entries.removeIf(e -> index.elsewhere(e.name(), shard));
        }
        mapped.addTo(entries, tensors, unsupported);
    }

    /** The JSON header of one file: read as a stream, so that nothing is built from what is not a tensor. */
    private record Header(Mapped file, String text, long dataStart, Map<String, Object> metadata) {

        List<Entry> read() {
            List<Entry> entries = new ArrayList<>();
            try (JsonParser p = Json.parser(text)) {
                expect(p, p.nextToken(), JsonToken.START_OBJECT, "the header");
                while (p.nextToken() != JsonToken.END_OBJECT) {
                    String name = p.currentName();
                    if (name.equals("__metadata__")) {
                        readMetadata(p);
                    } else if (entries.size() == Mapped.MAX_TENSORS) {
                        throw wrong(p, "there are more than " + Mapped.MAX_TENSORS + " tensors");
                    } else {
                        entries.add(readEntry(p, name));
                    }
                }
                if (p.nextToken() != null) {
                    throw wrong(p, "there is text after the end of the header");
                }
            } catch (JacksonException e) {
                throw Json.error(file.path(), text, 8, e);
            }
            return entries;
        }

        private void readMetadata(JsonParser p) {
            expect(p, p.nextToken(), JsonToken.START_OBJECT, "__metadata__");
            while (p.nextToken() != JsonToken.END_OBJECT) {
                String key = p.currentName();
                expect(
                        p,
                        p.nextToken(),
                        JsonToken.VALUE_STRING,
                        "the value of " + Text.quote(key) + " in __metadata__");
                if (metadata.size() == MAX_METADATA) {
                    throw wrong(p, "__metadata__ has more than " + MAX_METADATA + " keys");
                }
                metadata.putIfAbsent(key, p.getString());
            }
        }

        private Entry readEntry(JsonParser p, String name) {
            String what = "tensor " + Text.quote(name);
            expect(p, p.nextToken(), JsonToken.START_OBJECT, what);
            String dtype = null;
            long[] shape = null;
            long[] offsets = null;
            while (p.nextToken() != JsonToken.END_OBJECT) {
                String field = p.currentName();
                JsonToken token = p.nextToken();
                switch (field) {
                    case "dtype" -> {
                        expect(p, token, JsonToken.VALUE_STRING, "dtype of " + what);
                        dtype = p.getString();
                    }
                    case "shape" -> shape = readLongs(p, token, "shape of " + what);
                    case "data_offsets" -> offsets = readLongs(p, token, "data_offsets of " + what);
                    default -> throw wrong(p, what + " has the unknown field " + Text.quote(field));
                }
            }
            if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
                throw wrong(p, what + " needs dtype, shape and two data_offsets");
            }
            long room = file.size() - dataStart;
            if (offsets[0] > offsets[1] || offsets[1] > room) {
                throw wrong(
                        p,
                        what + " has data_offsets " + Arrays.toString(offsets) + ", but " + room
                                + " bytes follow the header");
            }
            checkSize(p, what, dtype, shape, offsets[1] - offsets[0]);
            return new Entry(name, type(dtype), dtype, shape, dataStart + offsets[0], dataStart + offsets[1]);
        }

        private void checkSize(JsonParser p, String what, String dtype, long[] shape, long have) {
            int bits = bits(dtype);
            if (bits == 0) {
                return; // an unknown type: whoever asks for the tensor is told
            }
            long need = bits;
            try {
                for (long d : shape) {
                    need = Math.multiplyExact(need, d);
                }
            } catch (ArithmeticException e) {
                need = -1;
            }
            if (need < 0 || need % 8 != 0 || need / 8 != have) {
                throw wrong(
                        p,
                        what + " of type " + dtype + " and shape " + Arrays.toString(shape) + " needs "
                                + (need < 0 ? "more than 2^60" : need / 8.0) + " bytes, but its data_offsets span "
                                + have);
            }
        }

        private long[] readLongs(JsonParser p, JsonToken token, String what) {
            expect(p, token, JsonToken.START_ARRAY, what);
            long[] values = new long[4];
            int n = 0;
            while (p.nextToken() != JsonToken.END_ARRAY) {
                expect(p, p.currentToken(), JsonToken.VALUE_NUMBER_INT, "each number in the " + what);
                long v = p.getLongValue();
                if (v < 0 || n == MAX_DIMENSIONS) {
                    throw wrong(p, "the " + what + (v < 0 ? " has the negative number " + v : " has too many numbers"));
                }
                values = n == values.length ? Arrays.copyOf(values, 2 * n) : values;
                values[n++] = v;
            }
            return Arrays.copyOf(values, n);
        }

        private void expect(JsonParser p, @Nullable JsonToken found, JsonToken expected, String what) {
            if (found != expected) {
                throw wrong(p, "for " + what + " expected " + word(expected) + ", found " + word(found));
            }
        }

        private JandaiaException wrong(JsonParser p, String problem) {
            return Json.error(file.path(), text, 8, p.currentTokenLocation().getCharOffset(), problem);
        }

        private static String word(@Nullable JsonToken token) {
            return switch (token) {
                case null -> "the end of the header";
                case START_OBJECT -> "an object";
                case START_ARRAY -> "an array";
                case VALUE_STRING -> "a string";
                case VALUE_NUMBER_INT -> "a whole number";
                case VALUE_NUMBER_FLOAT -> "a fraction";
                default -> token.name();
            };
        }
    }

    private static @Nullable ElementType type(String dtype) {
        return switch (dtype) {
            case "F64" -> ElementType.F64;
            case "F32" -> ElementType.F32;
            case "F16" -> ElementType.F16;
            case "BF16" -> ElementType.BF16;
            case "I64" -> ElementType.I64;
            case "I32" -> ElementType.I32;
            case "I16" -> ElementType.I16;
            case "I8" -> ElementType.I8;
            case "U64" -> ElementType.U64;
            case "U32" -> ElementType.U32;
            case "U16" -> ElementType.U16;
            case "U8" -> ElementType.U8;
            case "F8_E4M3" -> ElementType.F8_E4M3;
            case "F8_E5M2" -> ElementType.F8_E5M2;
            case "BOOL" -> ElementType.BOOL;
            default -> null;
        };
    }

    /** Bits of a number, also of the types that cannot be read; 0 when unknown. */
    private static int bits(String dtype) {
        ElementType type = type(dtype);
        if (type != null) {
            return 8 * type.blockBytes();
        }
        return switch (dtype) {
            case "C64" -> 64;
            case "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ" -> 8;
            case "F6_E2M3", "F6_E3M2" -> 6;
            case "F4" -> 4;
            default -> 0;
        };
    }
}
