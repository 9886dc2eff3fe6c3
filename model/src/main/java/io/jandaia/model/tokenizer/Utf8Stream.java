package io.jandaia.model.tokenizer;

import org.jspecify.annotations.Nullable;

/**
 * UTF-8 bytes to text as they come: whole characters at once, every ill-formed stretch as one U+FFFD, where a stretch is
 * the longest beginning of a well-formed character, or one byte (Unicode 16, section 3.9, "maximal subparts"). The decoder
 * of the Java library joins some of these stretches.
 */
final class Utf8Stream {

    private static final char BAD = '\uFFFD';

    private int point;
    /** Continuation bytes that are still to come. */
    private int missing;
    /** Bounds for the next continuation byte. */
    private int least;

    private int most;

    String add(byte[] bytes) {
        var out = new StringBuilder(bytes.length);
        for (byte b : bytes) add(b & 0xFF, out);
        return out.toString();
    }

    String finish() {
        boolean cut = missing > 0;
        missing = 0;
        return cut ? String.valueOf(BAD) : "";
    }

    /** True when the byte was well-formed so far. */
    private boolean add(int b, StringBuilder out) {
        if (missing > 0) {
            if (b >= least && b <= most) {
                point = (point << 6) | (b & 0x3F);
                least = 0x80;
                most = 0xBF;
                if (--missing == 0) out.appendCodePoint(point);
                return true;
            }
            missing = 0;
            out.append(BAD);
            add(b, out);
            return false;
        }
        least = b == 0xE0 ? 0xA0 : b == 0xF0 ? 0x90 : 0x80;
        most = b == 0xED ? 0x9F : b == 0xF4 ? 0x8F : 0xBF;
        if (b < 0x80) {
            out.append((char) b);
        } else if (b >= 0xC2 && b < 0xE0) {
            point = b & 0x1F;
            missing = 1;
        } else if (b >= 0xE0 && b < 0xF0) {
            point = b & 0x0F;
            missing = 2;
        } else if (b >= 0xF0 && b < 0xF5) {
            point = b & 0x07;
            missing = 3;
        } else {
            out.append(BAD);
            return false;
        }
        return true;
    }

    /** The text that well-formed bytes spell, or null. */
    static @Nullable String strict(byte[] bytes) {
        var stream = new Utf8Stream();
        var out = new StringBuilder(bytes.length);
        for (byte b : bytes) if (!stream.add(b & 0xFF, out)) return null;
        return stream.missing > 0 ? null : out.toString();
    }
}
