package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A model's configuration with typed access: a {@code config.json} or a section of GGUF metadata. It remembers which keys
 * were asked for, so that a loader can refuse what it did not understand ({@link #unread}). A key whose value is null
 * counts as absent, as in Python's configurations. For one thread.
 *
 * <p>All errors of access are FORMAT and name file, key, expected and found.
 */
public final class Config {

    private static final long MAX_BYTES = 16 << 20;

    private final String source;
    private final String prefix;
    private final Map<String, @Nullable Object> values;
    private final Set<String> read = new HashSet<>();
    private final Map<String, Config> children = new HashMap<>();

    private Config(String source, String prefix, Map<String, @Nullable Object> values) {
        this.source = source;
        this.prefix = prefix;
        this.values = values;
    }

    /** Over values as JSON (String, Boolean, Number, List, Map, null) or {@link ModelFile#metadata} has them. */
    public static Config of(String source, Map<String, ? extends @Nullable Object> values) {
        return new Config(source, "", new LinkedHashMap<>(values));
    }

    /** Reads a JSON file of at most 16 MiB with one object. */
    public static Config read(Path json) {
        return new Config(json.toString(), "", Json.readObject(json, MAX_BYTES));
    }

    /** Of JSON text with one object, whose origin {@code source} names for messages. */
    public static Config parse(String source, byte[] utf8) {
        return new Config(source, "", Json.readObject(Path.of(source), utf8));
    }

    /** Where it is from, for messages. */
    public String source() {
        return source;
    }

    /** The keys that have a value, in the order of the file. */
    public Set<String> keys() {
        Set<String> keys = new LinkedHashSet<>();
        values.forEach((k, v) -> {
            if (v != null) {
                keys.add(k);
            }
        });
        return keys;
    }

    /** Whether the key is there and not null. Does not count as reading it. */
    public boolean has(String key) {
        return values.get(key) != null;
    }

    /** The first of several names of the same thing that is there; the first name when none is. */
    public String anyOf(String... keys) {
        return Arrays.stream(keys).filter(this::has).findFirst().orElse(keys[0]);
    }

    public String string(String key) {
        if (require(key, "a string") instanceof String s) {
            return s;
        }
        throw wrong(key, "a string");
    }

    public String string(String key, String otherwise) {
        return absent(key) ? otherwise : string(key);
    }

    public boolean flag(String key) {
        if (require(key, "true or false") instanceof Boolean b) {
            return b;
        }
        throw wrong(key, "true or false");
    }

    public boolean flag(String key, boolean otherwise) {
        return absent(key) ? otherwise : flag(key);
    }

    /** A whole number of 64 bits; 4096.0 is one. */
    public long integer(String key) {
        Long v = toLong(require(key, "a whole number"));
        if (v == null) {
            throw wrong(key, "a whole number of at most 64 bits");
        }
        return v;
    }

    public long integer(String key, long otherwise) {
        return absent(key) ? otherwise : integer(key);
    }

    /** A whole number of 32 bits. */
    public int whole(String key, int otherwise) {
        if (absent(key)) {
            return otherwise;
        }
        long v = integer(key);
        if (v != (int) v) {
            throw wrong(key, "a whole number of at most 32 bits");
        }
        return (int) v;
    }

    /** A list of ids, from 0 to 2147483647; a single one is a list of one. */
    public int[] ids(String key) {
        long[] longs = integers(key);
        if (Arrays.stream(longs).anyMatch(id -> id < 0 || id > Integer.MAX_VALUE)) {
            throw wrong(key, "ids from 0 to 2147483647");
        }
        return Arrays.stream(longs).mapToInt(id -> (int) id).toArray();
    }

    /** A whole number from 1 to 2147483647: how many there are of something. */
    public int size(String key) {
        Long v = toLong(require(key, "a size"));
        if (v == null || v < 1 || v > Integer.MAX_VALUE) {
            throw wrong(key, "a whole number from 1 to 2147483647");
        }
        return v.intValue();
    }

    public int size(String key, int otherwise) {
        return absent(key) ? otherwise : size(key);
    }

    /** Any number; NaN and infinities too, if the file has them. */
    public double number(String key) {
        if (require(key, "a number") instanceof Number n) {
            return n.doubleValue();
        }
        throw wrong(key, "a number");
    }

    public double number(String key, double otherwise) {
        return absent(key) ? otherwise : number(key);
    }

    /** A list of strings; a single string is a list of one. */
    public List<String> strings(String key) {
        List<String> out = new ArrayList<>();
        for (Object v : list(key, "a list of strings")) {
            if (!(v instanceof String s)) {
                throw wrong(key, "a list of strings");
            }
            out.add(s);
        }
        return out;
    }

    /** A list of whole numbers; a single one is a list of one. */
    public long[] integers(String key) {
        if (require(key, "a list of whole numbers") instanceof long[] longs) {
            return longs.clone();
        }
        List<@Nullable Object> list = list(key, "a list of whole numbers");
        long[] out = new long[list.size()];
        for (int i = 0; i < out.length; i++) {
            Long v = toLong(list.get(i));
            if (v == null) {
                throw wrong(key, "a list of whole numbers");
            }
            out[i] = v;
        }
        return out;
    }

    /** A list of numbers; a single one is a list of one. */
    public double[] numbers(String key) {
        List<@Nullable Object> list = list(key, "a list of numbers");
        double[] out = new double[list.size()];
        for (int i = 0; i < out.length; i++) {
            if (!(list.get(i) instanceof Number n)) {
                throw wrong(key, "a list of numbers");
            }
            out[i] = n.doubleValue();
        }
        return out;
    }

    /** A list of true and false. */
    public boolean[] flags(String key) {
        List<@Nullable Object> list = list(key, "a list of true and false");
        boolean[] out = new boolean[list.size()];
        for (int i = 0; i < out.length; i++) {
            if (!(list.get(i) instanceof Boolean b)) {
                throw wrong(key, "a list of true and false");
            }
            out[i] = b;
        }
        return out;
    }

    /** A nested object. Its keys are counted as read one by one. */
    public Config child(String key) {
        Object v = require(key, "an object");
        if (!(v instanceof Map<?, ?> map)) {
            throw wrong(key, "an object");
        }
        return children.computeIfAbsent(key, k -> new Config(source, prefix + k + ".", copy(map)));
    }

    /** A nested object, or an empty one when absent. */
    public Config childOrEmpty(String key) {
        return absent(key) ? new Config(source, prefix + key + ".", Map.of()) : child(key);
    }

    /** A list of objects. */
    public List<Config> childList(String key) {
        List<Config> out = new ArrayList<>();
        for (Object v : list(key, "a list of objects")) {
            if (!(v instanceof Map<?, ?> map)) {
                throw wrong(key, "a list of objects");
            }
            String name = key + "." + out.size();
            out.add(children.computeIfAbsent(name, k -> new Config(source, prefix + k + ".", copy(map))));
        }
        return out;
    }

    /** Where the language model is described: {@code text_config} in models of several modalities, else this. */
    public Config text() {
        return has("text_config") ? child("text_config") : this;
    }

    /** The keys that begin with {@code name} and a dot, without these: a part of GGUF metadata. Counts its own reads. */
    public Config section(String name) {
        return children.computeIfAbsent(name + ".*", k -> {
            Map<String, @Nullable Object> part = new LinkedHashMap<>();
            values.forEach((key, v) -> {
                if (key.startsWith(name + ".")) {
                    part.put(key.substring(name.length() + 1), v);
                    read.add(key);
                }
            });
            return new Config(source, prefix + name + ".", part);
        });
    }

    /** The value as it is, or null; for what has several forms. A nested object that is read this way is read whole. */
    public @Nullable Object value(String key) {
        read.add(key);
        return values.get(key);
    }

    /** Counts keys as read that are known not to change any result. */
    public Config ignore(String... keys) {
        read.addAll(Arrays.asList(keys));
        return this;
    }

    /**
     * The keys, with their values, that nobody asked for; those of nested objects that were read in part as
     * {@code outer.inner}. Null values are left out: they change nothing.
     */
    public Map<String, Object> unread() {
        Map<String, Object> out = new LinkedHashMap<>();
        values.forEach((key, v) -> {
            if (v != null && !read.contains(key)) {
                out.put(prefix + key, v);
            }
        });
        children.values().forEach(c -> out.putAll(c.unread()));
        return out;
    }

    private boolean absent(String key) {
        read.add(key);
        return !has(key);
    }

    private Object require(String key, String expected) {
        Object v = value(key);
        if (v == null) {
            throw JandaiaException.format(
                    "The configuration " + source + " lacks the key '" + prefix + key + "', expected " + expected
                            + "; the model's files are incomplete or of a kind that this version does not know.");
        }
        return v;
    }

    private JandaiaException wrong(String key, String expected) {
        return JandaiaException.format("The configuration " + source + " has for the key '" + prefix + key
                + "' the wrong kind of value: expected " + expected + ", found " + show(values.get(key)) + ".");
    }

    private List<@Nullable Object> list(String key, String expected) {
        Object v = require(key, expected);
        List<@Nullable Object> out = new ArrayList<>();
        switch (v) {
            case List<?> list -> out.addAll(list);
            case Object[] array -> Collections.addAll(out, array);
            case long[] array -> Arrays.stream(array).forEach(out::add);
            case double[] array -> Arrays.stream(array).forEach(out::add);
            case float[] array -> IntStream.range(0, array.length).forEach(i -> out.add(array[i]));
            case boolean[] array -> IntStream.range(0, array.length).forEach(i -> out.add(array[i]));
            default -> out.add(v);
        }
        return out;
    }

    private static Map<String, @Nullable Object> copy(Map<?, ?> map) {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        map.forEach((k, v) -> out.put((String) k, v));
        return out;
    }

    private static @Nullable Long toLong(@Nullable Object v) {
        return switch (v) {
            case Long l -> l;
            case Double d when d == Math.rint(d) && Math.abs(d) <= 1L << 53 -> d.longValue();
            case Float f when f == Math.rint(f) && Math.abs(f) <= 1 << 24 -> f.longValue();
            case null, default -> null;
        };
    }

    private static String show(@Nullable Object v) {
        return switch (v) {
            case null -> "null";
            case String s -> "the string " + Text.quote(s);
            case Boolean b -> b.toString();
            case BigInteger i -> "the number " + (i.bitLength() > 200 ? "of " + i.bitLength() + " bits" : i.toString());
            case Number n -> "the number " + n;
            case Map<?, ?> map -> "an object with " + map.size() + " keys";
            case List<?> list -> "a list " + cut(list.toString());
            case String[] a -> "a list of " + a.length + " strings";
            case long[] a -> "a list " + cut(Arrays.toString(Arrays.copyOf(a, Math.min(a.length, 40))));
            default -> "a list";
        };
    }

    private static String cut(String s) {
        return Text.visible(s, 80);
    }
}
