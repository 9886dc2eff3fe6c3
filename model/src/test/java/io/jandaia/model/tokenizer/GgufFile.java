package io.jandaia.model.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Just enough of the GGUF format to read a vocabulary file in tests. */
final class GgufFile {

    private final ByteBuffer in;

    private GgufFile(ByteBuffer in) {
        this.in = in;
    }

    static Map<String, Object> metadata(Path file) throws Exception {
        var reader = new GgufFile(ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN));
        if (reader.in.getInt() != 0x46554747) throw new IllegalStateException(file + " is not GGUF");
        reader.in.getInt();
        reader.in.getLong();
        long keys = reader.in.getLong();
        Map<String, Object> values = new LinkedHashMap<>();
        for (long i = 0; i < keys; i++) values.put(reader.string(), reader.value(reader.in.getInt()));
        return values;
    }

    private String string() {
        byte[] bytes = new byte[Math.toIntExact(in.getLong())];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private Object value(int type) {
        return switch (type) {
            case 0, 1 -> (long) in.get();
            case 2, 3 -> (long) in.getShort();
            case 4, 5 -> (long) in.getInt();
            case 6 -> (double) in.getFloat();
            case 7 -> in.get() != 0;
            case 8 -> string();
            case 9 -> array();
            case 10, 11 -> in.getLong();
            case 12 -> in.getDouble();
            default -> throw new IllegalStateException("type " + type);
        };
    }

    private Object array() {
        int type = in.getInt();
        int n = Math.toIntExact(in.getLong());
        if (type == 8) {
            String[] strings = new String[n];
            for (int i = 0; i < n; i++) strings[i] = string();
            return strings;
        }
        if (type == 6) {
            float[] floats = new float[n];
            for (int i = 0; i < n; i++) floats[i] = in.getFloat();
            return floats;
        }
        long[] longs = new long[n];
        for (int i = 0; i < n; i++) longs[i] = (Long) value(type);
        return longs;
    }
}
