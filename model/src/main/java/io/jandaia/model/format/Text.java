package io.jandaia.model.format;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Text from files that are not to be trusted: strict decoding, and quoting in messages. */
final class Text {

    private Text() {}

    /** The first {@code n} bytes as text, or null when they are not UTF-8: the JDK's fast decoder would replace them. */
    static @Nullable String decode(byte[] bytes, int n) {
        String text = new String(bytes, 0, n, StandardCharsets.UTF_8);
        if (text.indexOf('\uFFFD') >= 0) {
            byte[] again = text.getBytes(StandardCharsets.UTF_8);
            if (!Arrays.equals(again, 0, again.length, bytes, 0, n)) {
                return null;
            }
        }
        return text;
    }

    /** A name for messages: quoted, cut when long, with control characters made visible. */
    static String quote(String name) {
        return "'" + visible(name, 80) + "'";
    }

    /** At most {@code max} characters, with those that would disturb a terminal or a log as escapes. */
    static String visible(String text, int max) {
        StringBuilder out = new StringBuilder();
        text.substring(0, Math.min(max, text.length())).codePoints().forEach(c -> {
            switch (Character.getType(c)) {
                case Character.CONTROL,
                        Character.FORMAT,
                        Character.SURROGATE,
                        Character.LINE_SEPARATOR,
                        Character.PARAGRAPH_SEPARATOR -> out.append(String.format("\\u%04x", c));
                default -> out.appendCodePoint(c);
            }
        });
        return text.length() > max ? out.append("...").toString() : out.toString();
    }
}
