package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.lang.reflect.Array;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Typed reads of GGUF metadata, whatever array or list type the reader of the file chose. */
final class GgufMetadata {

    private final Map<String, Object> values;

    GgufMetadata(Map<String, Object> values) {
        this.values = values;
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    String string(String key, String otherwise) {
        Object value = values.get(key);
        if (value == null) return otherwise;
        if (value instanceof String text) return text;
        throw wrong(key, "a string", value);
    }

    boolean flag(String key, boolean otherwise) {
        Object value = values.get(key);
        if (value == null) return otherwise;
        if (value instanceof Boolean flag) return flag;
        if (value instanceof Number number) return number.longValue() != 0;
        throw wrong(key, "a boolean", value);
    }

    /** A token id, or {@code otherwise} if absent, or -1 if outside the vocabulary. */
    int id(String key, int otherwise, int size) {
        Object value = values.get(key);
        if (value == null) return otherwise < size ? otherwise : -1;
        if (!(value instanceof Number number)) throw wrong(key, "a token id", value);
        long id = number.longValue();
        return id >= 0 && id < size ? (int) id : -1;
    }

    /** The length of an array, or -1 if absent. */
    int length(String key) {
        Object value = values.get(key);
        if (value == null) return -1;
        if (value instanceof List<?> list) return list.size();
        if (value.getClass().isArray()) return Array.getLength(value);
        throw wrong(key, "an array", value);
    }

    String[] strings(String key) {
        Object value = values.get(key);
        if (value instanceof String[] strings) return strings;
        int n = length(key);
        if (n < 0) throw JandaiaException.format("Reading a GGUF tokenizer: the key " + key + " is missing.");
        String[] strings = new String[n];
        for (int i = 0; i < n; i++) {
            Object item = item(value, i);
            if (!(item instanceof String text)) throw wrong(key, "an array of strings", value);
            strings[i] = text;
        }
        return strings;
    }

    /** The numbers of an array, or null if absent. */
    double @Nullable [] numbers(String key) {
        int n = length(key);
        if (n < 0) return null;
        Object value = values.get(key);
        double[] numbers = new double[n];
        for (int i = 0; i < n; i++) {
            Object item = item(value, i);
            if (!(item instanceof Number number)) throw wrong(key, "an array of numbers", value);
            numbers[i] = number.doubleValue();
        }
        return numbers;
    }

    private static @Nullable Object item(@Nullable Object value, int i) {
        if (value instanceof List<?> list) return list.get(i);
        return value == null ? null : Array.get(value, i);
    }

    private static JandaiaException wrong(String key, String expected, @Nullable Object found) {
        String type = found == null ? "nothing" : found.getClass().getSimpleName();
        return JandaiaException.format(
                "Reading a GGUF tokenizer: expected " + key + " to be " + expected + ", found " + type + ".");
    }
}
