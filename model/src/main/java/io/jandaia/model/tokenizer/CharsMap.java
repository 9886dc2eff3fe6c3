package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The precompiled character map of a SentencePiece model: a double-array trie (darts-clone) from UTF-8 strings to places in
 * a block of zero-terminated replacements. Layout: trie size in bytes (little-endian 32 bit), trie units, replacements.
 */
final class CharsMap {

    /** Bytes of a key. Damaged tries can go in circles, as long as the text does. */
    private static final int MAX_KEY = 1024;

    private final int[] units;
    private final byte[] replacements;

    private CharsMap(int[] units, byte[] replacements) {
        this.units = units;
        this.replacements = replacements;
    }

    static CharsMap read(byte[] data, String where) {
        var buffer = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        int size = data.length < 4 ? -1 : buffer.getInt();
        if (size < 4 || size % 4 != 0 || size > buffer.remaining()) {
            throw JandaiaException.format("Reading the character map of " + where + ": expected a trie within "
                    + data.length + " bytes, found a size of " + size + "; the file is damaged.");
        }
        int[] units = new int[size / 4];
        buffer.asIntBuffer().get(units);
        byte[] replacements = new byte[buffer.remaining() - size];
        buffer.get(4 + size, replacements);
        return new CharsMap(units, replacements);
    }

    /** The bytes that {@link #read} reads. */
    byte[] data() {
        var out =
                ByteBuffer.allocate(4 + 4 * units.length + replacements.length).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(4 * units.length);
        for (int unit : units) out.putInt(unit);
        return out.put(replacements).array();
    }

    /** What a match gave: how many UTF-16 units it took and what stands in their place. */
    record Match(int length, String replacement) {}

    /** The shortest or the longest key that the text range begins with, or null. */
    @Nullable
    Match match(String text, int from, int to, boolean longest) {
        int node = offset(units[0]);
        int foundEnd = -1;
        int foundValue = 0;
        for (int i = from; i < to; ) {
            if (i - from > MAX_KEY) {
                throw JandaiaException.format(
                        "Looking up a text in a tokenizer's character map: expected keys of at most " + MAX_KEY
                                + " bytes, found a longer one; the tokenizer's file is damaged, fetch it again.");
            }
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            int bytes = Utf8.length(c);
            for (int k = 0; k < bytes; k++) {
                int b = Utf8.byteAt(c, k);
                node ^= b;
                if (b == 0 || node < 0 || node >= units.length || (units[node] & 0x800000FF) != b) {
                    return foundEnd < 0 ? null : new Match(foundEnd - from, replacement(foundValue));
                }
                int unit = units[node];
                node ^= offset(unit);
                if ((unit >>> 8 & 1) == 0) continue;
                if (node < 0 || node >= units.length) return null;
                foundEnd = i;
                foundValue = units[node] & 0x7FFFFFFF;
                if (!longest) return new Match(foundEnd - from, replacement(foundValue));
            }
        }
        return foundEnd < 0 ? null : new Match(foundEnd - from, replacement(foundValue));
    }

    private static int offset(int unit) {
        return unit >>> 10 << ((unit & 1 << 9) >>> 6);
    }

    private String replacement(int from) {
        int end = Math.min(from, replacements.length);
        int start = end;
        while (end < replacements.length && replacements[end] != 0) end++;
        return new String(replacements, start, end - start, StandardCharsets.UTF_8);
    }
}
