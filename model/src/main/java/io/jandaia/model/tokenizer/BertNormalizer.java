package io.jandaia.model.tokenizer;

import java.text.Normalizer.Form;
import org.jspecify.annotations.Nullable;

/**
 * The clean-up of the original BERT code: controls dropped, whitespace to spaces, spaces around ideographs, accents
 * stripped, lower case. In one pass: a character that no mark follows becomes the same wherever it stands.
 */
final class BertNormalizer implements TextNormalizer {

    /** What a character became; immutable, so threads may share the slots without a lock. */
    private record Entry(int from, String to) {}

    private static final int SLOTS = 1 << 12;

    /** In place of an ASCII character that goes. */
    private static final char DROPPED = 0xFFFF;

    private final boolean cleanText;
    private final boolean chinese;
    private final boolean stripAccents;
    private final boolean lowercase;
    /** What an ASCII character becomes. */
    private final char[] ascii = new char[128];

    private final @Nullable Entry[] cache = new Entry[SLOTS];

    BertNormalizer(boolean cleanText, boolean chinese, boolean stripAccents, boolean lowercase) {
        this.cleanText = cleanText;
        this.chinese = chinese;
        this.stripAccents = stripAccents;
        this.lowercase = lowercase;
        for (char c = 0; c < 128; c++) {
            String to = steps(new Text(String.valueOf(c), 0)).chars();
            ascii[c] = to.isEmpty() ? DROPPED : to.charAt(0);
        }
    }

    boolean lowercase() {
        return lowercase;
    }

    @Override
    public Text normalize(Text text) {
        String chars = text.chars();
        int length = chars.length();
        char[] out = new char[length];
        for (int at = 0; at < length; ) {
            char first = chars.charAt(at);
            int end = clusterEnd(chars, at);
            if (end == at + 1 && first < 0x80) {
                out[at] = ascii[first];
                if (out[at] == DROPPED) return rewritten(text);
            } else {
                String to = cluster(chars, at, end);
                if (to == null || to.length() != end - at) return rewritten(text);
                to.getChars(0, to.length(), out, at);
            }
            at = end;
        }
        return text.withChars(new String(out));
    }

    /** As above where not every character keeps its number of UTF-16 units. */
    private Text rewritten(Text text) {
        String chars = text.chars();
        var builder = new Text.Builder(text);
        for (int at = 0; at < chars.length(); ) {
            char first = chars.charAt(at);
            int end = clusterEnd(chars, at);
            if (end == at + 1 && first < 0x80) {
                if (ascii[first] != DROPPED) builder.add(ascii[first], at);
            } else {
                String to = cluster(chars, at, end);
                if (to != null) builder.add(to, at);
                else builder.append(steps(text.slice(at, end)));
            }
            at = end;
        }
        return builder.build();
    }

    /** The end of a character with the marks that may be ordered among each other, whatever is dropped between them. */
    private int clusterEnd(String chars, int from) {
        int end = from + 1;
        if (Character.isHighSurrogate(chars.charAt(from)) && end < chars.length()) end++;
        while (end < chars.length()) {
            char c = chars.charAt(end);
            if (c < 0x80 ? ascii[c] != DROPPED : c < 0x300 && c >= 0xA0 && c != 0xAD) break;
            int point = chars.codePointAt(end);
            if (!CanonicalForm.joinsBack(point) && !isDropped(point)) break;
            end += Character.charCount(point);
        }
        return end;
    }

    private boolean isDropped(int c) {
        return cleanText && isUnwanted(c);
    }

    /** What a single character becomes, or null for a cluster of more. */
    private @Nullable String cluster(String chars, int from, int to) {
        int c = chars.codePointAt(from);
        if (to - from != Character.charCount(c)) return null;
        int slot = (c * 0x9E3779B9) >>> 20;
        Entry entry = cache[slot];
        if (entry == null || entry.from != c) {
            entry = new Entry(c, steps(new Text(Character.toString(c), 0)).chars());
            cache[slot] = entry;
        }
        return entry.to;
    }

    /** The definition, step by step. */
    Text steps(Text text) {
        Text result = text;
        if (cleanText) {
            result = TextNormalizer.mapSpaces(TextNormalizer.keep(result, c -> !isUnwanted(c)), CharSet::isWhitespace);
        }
        if (chinese) result = spaceChinese(result);
        if (stripAccents) {
            result = CanonicalForm.normalize(result, Form.NFD);
            result = TextNormalizer.keep(result, c -> !CharSet.isNonSpacingMark(c));
        }
        return lowercase ? new Lowercase().normalize(result) : result;
    }

    private static boolean isUnwanted(int c) {
        return c == 0 || c == 0xFFFD || (c != '\t' && c != '\n' && c != '\r' && CharSet.isOther(c));
    }

    private static Text spaceChinese(Text text) {
        String chars = text.chars();
        if (chars.codePoints().noneMatch(BertNormalizer::isChinese)) return text;
        var edits = new Edits(chars.length());
        chars.codePoints().forEach(c -> {
            if (isChinese(c)) {
                edits.add(' ', 0);
                edits.add(c, 1);
                edits.add(' ', 1);
            } else {
                edits.add(c, 0);
            }
        });
        return edits.apply(text, 0);
    }

    /** The ideograph blocks of the original, with its 2B920 where 2B820 was meant. */
    private static boolean isChinese(int c) {
        return c >= 0x3400
                && (c <= 0x4DBF
                        || (c >= 0x4E00 && c <= 0x9FFF)
                        || (c >= 0xF900 && c <= 0xFAFF)
                        || (c >= 0x20000 && c <= 0x2A6DF)
                        || (c >= 0x2A700 && c <= 0x2B73F)
                        || (c >= 0x2B740 && c <= 0x2B81F)
                        || (c >= 0x2B920 && c <= 0x2CEAF)
                        || (c >= 0x2F800 && c <= 0x2FA1F));
    }
}
