package io.jandaia.model.tokenizer;

import org.jspecify.annotations.Nullable;

/**
 * What short pieces became, for the words that come again and again. One slot per hash, later pieces take it over. Entries
 * are immutable, so threads may share the cache without a lock: at worst one of them computes a piece anew.
 */
final class PieceCache {

    /** Longer pieces seldom come twice. */
    static final int MAX_LENGTH = 32;

    private static final int BITS = 15;

    /**
     * The tokens of one piece.
     *
     * @param starts first bytes, counted from the piece's first
     * @param ends one behind the last bytes
     */
    record Entry(String piece, int[] ids, int[] starts, int[] ends) {

        void addTo(Tokens out, int base) {
            for (int i = 0; i < ids.length; i++) out.add(ids[i], base + starts[i], base + ends[i]);
        }
    }

    private final @Nullable Entry[] entries = new Entry[1 << BITS];

    static int hash(String text, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) hash = 31 * hash + text.charAt(i);
        return (hash * 0x9E3779B9) >>> (32 - BITS);
    }

    @Nullable
    Entry get(int hash, String text, int from, int to) {
        Entry entry = entries[hash];
        if (entry == null || entry.piece.length() != to - from || !text.startsWith(entry.piece, from)) return null;
        return entry;
    }

    /** Keeps the tokens that were added from {@code first} on as those of a piece whose bytes count from {@code base}. */
    void put(int hash, String piece, Tokens tokens, int first, int base) {
        int n = tokens.size - first;
        var entry = new Entry(piece, new int[n], new int[n], new int[n]);
        for (int i = 0; i < n; i++) {
            entry.ids[i] = tokens.ids[first + i];
            entry.starts[i] = tokens.starts[first + i] - base;
            entry.ends[i] = tokens.ends[first + i] - base;
        }
        entries[hash] = entry;
    }
}
