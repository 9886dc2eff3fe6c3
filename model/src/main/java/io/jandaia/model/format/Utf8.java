package io.jandaia.model.format;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** UTF-8 that is refused when wrong, where the JDK's fast decoder would put replacement characters. */
final class Utf8 {

    private Utf8() {}

    /** The first {@code n} bytes as text, or null when they are not UTF-8. */
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
}
