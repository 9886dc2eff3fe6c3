package io.jandaia.model.tokenizer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A text on its way through normalisation that knows, for every UTF-16 unit, the range of the input it stands for. */
final class Text {

    private final String chars;
    /** Where unit i came from; null when the text is the input from {@code origin} on, unchanged. */
    private final int @Nullable [] starts;

    private final int @Nullable [] ends;
    private final int origin;

    Text(String chars, int origin) {
        this.chars = chars;
        this.starts = null;
        this.ends = null;
        this.origin = origin;
    }

    private Text(String chars, int[] starts, int[] ends) {
        this.chars = chars;
        this.starts = starts;
        this.ends = ends;
        this.origin = 0;
    }

    String chars() {
        return chars;
    }

    int length() {
        return chars.length();
    }

    /** Where the code point at unit {@code i} begins in the input. */
    int start(int i) {
        if (starts != null) return starts[i];
        boolean inside = i > 0 && Character.isLowSurrogate(chars.charAt(i));
        return origin + (inside ? i - 1 : i);
    }

    /** Where the code point at unit {@code i} ends in the input. */
    int end(int i) {
        if (ends != null) return ends[i];
        return origin + i + (Character.isHighSurrogate(chars.charAt(i)) ? 2 : 1);
    }

    Text slice(int from, int to) {
        if (from == 0 && to == chars.length()) return this;
        String part = chars.substring(from, to);
        if (starts == null || ends == null) return new Text(part, origin + from);
        return new Text(part, Arrays.copyOfRange(starts, from, to), Arrays.copyOfRange(ends, from, to));
    }

    /** The same positions under other characters, one UTF-16 unit for one. */
    Text withChars(String other) {
        if (starts == null || ends == null) return new Text(other, origin);
        return new Text(other, starts, ends);
    }

    /** Writes a changed text, giving each new character the origin of one of the old. */
    static final class Builder {
        private final Text source;
        private final StringBuilder chars;
        private int[] starts;
        private int[] ends;

        Builder(Text source) {
            this.source = source;
            chars = new StringBuilder(source.length() + 16);
            starts = new int[source.length() + 16];
            ends = new int[source.length() + 16];
        }

        /** A code point that stands for what unit {@code at} of the source stands for; before the first: for nothing. */
        void add(int codePoint, int at) {
            int before = chars.length();
            chars.appendCodePoint(codePoint);
            if (chars.length() > starts.length) {
                starts = Arrays.copyOf(starts, 2 * chars.length());
                ends = Arrays.copyOf(ends, 2 * chars.length());
            }
            int start = at < 0 ? 0 : source.start(at);
            int end = at < 0 ? 0 : source.end(at);
            for (int i = before; i < chars.length(); i++) {
                starts[i] = start;
                ends[i] = end;
            }
        }

        /** All code points of a string, standing for unit {@code at}. */
        void add(String added, int at) {
            for (int i = 0; i < added.length(); ) {
                int c = added.codePointAt(i);
                i += Character.charCount(c);
                add(c, at);
            }
        }

        /** A changed part of the source. */
        void append(Text part) {
            int before = chars.length();
            chars.append(part.chars);
            if (chars.length() > starts.length) {
                starts = Arrays.copyOf(starts, 2 * chars.length());
                ends = Arrays.copyOf(ends, 2 * chars.length());
            }
            for (int i = 0; i < part.length(); i++) {
                starts[before + i] = part.start(i);
                ends[before + i] = part.end(i);
            }
        }

        /** Units of the source as they are. */
        void copy(int from, int to) {
            int before = chars.length();
            chars.append(source.chars, from, to);
            if (chars.length() > starts.length) {
                starts = Arrays.copyOf(starts, 2 * chars.length());
                ends = Arrays.copyOf(ends, 2 * chars.length());
            }
            for (int i = from; i < to; i++) {
                starts[before + i - from] = source.start(i);
                ends[before + i - from] = source.end(i);
            }
        }

        int length() {
            return chars.length();
        }

        /** Takes a character off the end as often as it is there. */
        void trimEnd(char c) {
            int n = chars.length();
            while (n > 0 && chars.charAt(n - 1) == c) n--;
            chars.setLength(n);
        }

        Text build() {
            return new Text(chars.toString(), starts, ends);
        }
    }
}
