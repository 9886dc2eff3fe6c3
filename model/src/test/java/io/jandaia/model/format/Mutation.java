package io.jandaia.model.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Damages a file at random: bytes and numbers anywhere, and what knows the format: values of JSON, operations of pickles. */
final class Mutation {

    private static final long[] INTERESTING = {
        0,
        1,
        -1,
        2,
        31,
        33,
        64,
        127,
        255,
        1 << 16,
        1 << 20,
        Integer.MAX_VALUE,
        1L << 31,
        1L << 32,
        1L << 40,
        1L << 60,
        1L << 61,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };
    private static final String[] WORDS = {
        "0",
        "-1",
        "1e999",
        "18446744073709551616",
        "null",
        "true",
        "[]",
        "{}",
        "\"\"",
        "F32",
        "BF16",
        "Q4_0",
        "dtype",
        "shape",
        "data_offsets",
        "__metadata__",
        "weight_map",
        "..",
        "/",
        "\\u0000",
        "\"",
        ",",
        ":",
        "}",
        "]",
        "{",
        "[",
        "NaN",
        "1.5"
    };
    private static final String OPERATIONS =
            "(.012GJKMNQRTUX]abcehjqrst)u}BC\u0080\u0081\u0085\u0086\u0087\u0088\u0089\u008a\u008b\u008c\u008d\u008e\u008f\u0090\u0091\u0092\u0093\u0094\u0095\u0096";

    private final Random random;

    Mutation(Random random) {
        this.random = random;
    }

    /** One to three changes. */
    byte[] of(String name, byte[] bytes) {
        byte[] out = bytes;
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            byte[] changed = null;
            if (name.endsWith(".json") && random.nextInt(4) != 0) {
                changed = json(out);
            } else if (name.endsWith(".bin") && out.length > 0 && random.nextBoolean()) {
                changed = pickle(out);
            } else if (name.endsWith(".safetensors") && random.nextBoolean()) {
                changed = safetensors(out);
            }
            out = changed == null ? bytes(out) : changed;
        }
        return out;
    }

    /** Changes a value of a JSON text, near the root as often as deep in it; null when it is none any more. */
    private byte @Nullable [] json(byte[] text) {
        JsonNode root;
        try {
            root = JsonMapper.shared().readTree(text);
        } catch (JacksonException e) {
            return null;
        }
        JsonNode node = root;
        while (true) {
            int size = node.size();
            if (size == 0) {
                return null;
            }
            int i = random.nextInt(size);
            JsonNode child = node instanceof ObjectNode o ? o.get(name(o, i)) : node.get(i);
            if (child.size() > 0 && random.nextInt(3) != 0) {
                node = child;
                continue;
            }
            switch (node) {
                case ObjectNode o -> change(o, name(o, i), child);
                case ArrayNode a -> change(a, i, child);
                default -> {
                    return null;
                }
            }
            return JsonMapper.shared().writeValueAsBytes(root);
        }
    }

    private void change(ObjectNode o, String name, JsonNode child) {
        switch (random.nextInt(5)) {
            case 0 -> o.remove(name);
            case 1 -> o.set(name(o, random.nextInt(o.size())), child);
            case 2 -> o.set(random.nextBoolean() ? name.toUpperCase(java.util.Locale.ROOT) : "x" + name, child);
            default -> o.set(name, value(child));
        }
    }

    private void change(ArrayNode a, int i, JsonNode child) {
        switch (random.nextInt(5)) {
            case 0 -> a.remove(i);
            case 1 -> a.add(child.deepCopy());
            case 2 -> a.set(random.nextInt(a.size()), child.deepCopy());
            default -> a.set(i, value(child));
        }
    }

    private static String name(ObjectNode o, int i) {
        List<String> names = new ArrayList<>(o.propertyNames());
        return names.get(i);
    }

    private JsonNode value(JsonNode old) {
        JsonNodeFactory f = JsonNodeFactory.instance;
        return switch (random.nextInt(10)) {
            case 0 -> f.nullNode();
            case 1 -> f.booleanNode(random.nextBoolean());
            case 2, 3 -> f.numberNode(INTERESTING[random.nextInt(INTERESTING.length)]);
            case 4 -> f.numberNode(new double[] {-1.5, 1e300, 1e-300, Double.NaN, 0.1}[random.nextInt(5)]);
            case 5 -> f.stringNode(WORDS[random.nextInt(WORDS.length)]);
            case 6 -> f.arrayNode().add(old.deepCopy()).add(old.deepCopy());
            case 7 -> f.objectNode().set("type", old.deepCopy());
            case 8 ->
                old.isString()
                        ? f.stringNode(new String(
                                bytes(old.stringValue().getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8))
                        : f.arrayNode();
            default -> f.objectNode();
        };
    }

    /** Puts an operation where one may be. */
    private byte[] pickle(byte[] bytes) {
        byte[] out = bytes.clone();
        int at = random.nextInt(Math.min(out.length, 1200));
        out[at] = (byte) OPERATIONS.charAt(random.nextInt(OPERATIONS.length()));
        return out;
    }

    /** Changes the header and mends its length. */
    private byte @Nullable [] safetensors(byte[] bytes) {
        if (bytes.length < 10) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long length = in.getLong(0);
        if (length < 2 || length > bytes.length - 8) {
            return null;
        }
        byte[] header = json(Arrays.copyOfRange(bytes, 8, 8 + (int) length));
        if (header == null) {
            return null;
        }
        int data = bytes.length - 8 - (int) length;
        byte[] out = new byte[8 + header.length + data];
        ByteBuffer.wrap(out)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .put(bytes, bytes.length - data, data);
        return out;
    }

    private byte[] bytes(byte[] in) {
        int n = in.length;
        if (n < 9) {
            return Arrays.copyOf(in, 16);
        }
        byte[] out = in.clone();
        // Headers come first and are the part that decides.
        int at = random.nextBoolean() ? random.nextInt(n) : random.nextInt(Math.min(n, 120));
        switch (random.nextInt(9)) {
            case 0 -> out[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> out[at] = (byte) random.nextInt(256);
            case 2 -> out = Arrays.copyOf(in, at);
            case 3 -> out = Arrays.copyOf(in, n + 1 + random.nextInt(64));
            case 4, 5 -> {
                ByteBuffer b = ByteBuffer.wrap(out).order(ByteOrder.LITTLE_ENDIAN);
                long v = INTERESTING[random.nextInt(INTERESTING.length)];
                if (random.nextBoolean() && at <= n - 8) {
                    b.putLong(at, v);
                } else if (at <= n - 4) {
                    b.putInt(at, (int) v);
                }
            }
            case 6 -> {
                byte[] word = WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.UTF_8);
                System.arraycopy(word, 0, out, at, Math.min(word.length, n - at));
            }
            case 7 -> {
                int length = Math.min(n - at, 1 + random.nextInt(40));
                out = ByteBuffer.allocate(n + length)
                        .put(in, 0, at)
                        .put(in, at, length)
                        .put(in, at, n - at)
                        .array();
            }
            default -> {
                int length = Math.min(n - at, 1 + random.nextInt(40));
                out = ByteBuffer.allocate(n - length)
                        .put(in, 0, at)
                        .put(in, at + length, n - at - length)
                        .array();
            }
        }
        return out;
    }
}
