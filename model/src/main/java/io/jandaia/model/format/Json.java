package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/**
 * JSON as model files have it: strict (no comments, no repeated keys, valid UTF-8, bounded depth), except that NaN and
 * Infinity are numbers, because Python writes them so.
 */
final class Json {

    /** Values in one text; bounds the memory that a hostile one can take. */
    private static final int MAX_VALUES = 4_000_000;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(64)
                    .maxNameLength(4096)
                    .build())
            .build();

    private final Path path;
    private int values;

    private Json(Path path) {
        this.path = path;
    }

    /**
     * Reads a file that must hold one JSON object. Values are String, Boolean, Long, BigInteger (beyond 64 bits), Double,
     * List, Map (in the order of the file) and null.
     */
    static Map<String, @Nullable Object> readObject(Path path, long maxBytes) {
        long size = FileKind.requireFile(path);
        if (size > maxBytes) {
            throw JandaiaException.format("Cannot read " + path + ": it has " + size + " bytes, where at most "
                    + maxBytes + " are expected of such a file; is it the right one?");
        }
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(path);
        } catch (IOException e) {
            throw FileKind.unreadable(path, e);
        }
        return readObject(path, bytes);
    }

    /** As {@link #readObject(Path, long)}, of bytes that {@code path} names the origin of. */
    static Map<String, @Nullable Object> readObject(Path path, byte[] utf8) {
        String text = text(path, utf8, 0);
        try (JsonParser p = parser(text)) {
            if (p.nextToken() != JsonToken.START_OBJECT) {
                throw JandaiaException.format("Cannot read " + path
                        + ": expected a JSON object, which begins with '{'; is it the right file?");
            }
            Map<String, @Nullable Object> object = new Json(path).object(p);
            if (p.nextToken() != null) {
                throw error(
                        path, text, 0, p.currentTokenLocation().getCharOffset(), "text after the end of the object");
            }
            return object;
        } catch (JacksonException e) {
            throw error(path, text, 0, e);
        }
    }

    static JsonParser parser(String text) {
        return FACTORY.createParser(ObjectReadContext.empty(), text);
    }

    /** Bytes as text, refusing what is not UTF-8; {@code offset} is where they are in the file. */
    static String text(Path path, byte[] utf8, long offset) {
        String text = Text.decode(utf8, utf8.length);
        if (text == null) {
            throw JandaiaException.format("Cannot read " + path + ": its JSON text from byte " + offset
                    + " on is not valid UTF-8; fetch it again.");
        }
        return text;
    }

    /** A syntax error as a FORMAT error with its place; {@code offset} is where the text begins in the file. */
    static JandaiaException error(Path path, String text, long offset, JacksonException e) {
        String problem = e.getOriginalMessage();
        int line = problem.indexOf('\n');
        return error(
                path,
                text,
                offset,
                e.getLocation() == null ? -1 : e.getLocation().getCharOffset(),
                Text.visible(line < 0 ? problem : problem.substring(0, line), 300));
    }

    static JandaiaException error(Path path, String text, long offset, long chars, String problem) {
        long at = offset;
        if (chars > 0) {
            at += text.substring(0, (int) Math.min(chars, text.length())).getBytes(StandardCharsets.UTF_8).length;
        }
        return JandaiaException.format("Cannot read " + path + ": the JSON text is wrong at byte " + at + ": " + problem
                + "; fetch it again.");
    }

    private Map<String, @Nullable Object> object(JsonParser p) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        while (p.nextToken() != JsonToken.END_OBJECT) {
            String name = p.currentName();
            p.nextToken();
            object.put(name, value(p));
        }
        return object;
    }

    private @Nullable Object value(JsonParser p) {
        if (++values > MAX_VALUES) {
            throw JandaiaException.format("Cannot read " + path + ": it has more than " + MAX_VALUES
                    + " JSON values, which no such file needs; is it the right one?");
        }
        return switch (p.currentToken()) {
            case START_OBJECT -> object(p);
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                while (p.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(p));
                }
                yield list;
            }
            case VALUE_STRING -> p.getString();
            case VALUE_NUMBER_INT ->
                switch (p.getNumberType()) {
                    case INT, LONG -> (Object) p.getLongValue();
                    default -> p.getBigIntegerValue();
                };
            case VALUE_NUMBER_FLOAT -> p.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default ->
                throw new JandaiaException(
                        JandaiaException.Kind.INTERNAL,
                        "Unexpected JSON token " + p.currentToken() + " in " + path + ".");
        };
    }
}
