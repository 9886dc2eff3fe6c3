package io.jandaia.model.tokenizer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The merges of a BPE model: a pair of token ids leads to a rank (smaller merges first) and the id of the joined token. */
final class MergeTable {

    /** The answer where a pair does not merge; larger than every rank. */
    static final long NONE = Long.MAX_VALUE;

    private long[] keys;
    private long[] values;
    private int mask;
    private int size;

    MergeTable(int expected) {
        int capacity = Math.max(16, Integer.highestOneBit(Math.clamp(expected, 8, 1 << 26)) * 4);
        keys = new long[capacity];
        values = new long[capacity];
        mask = capacity - 1;
        java.util.Arrays.fill(values, NONE);
    }

    /** Sets the merge of a pair; a later one with the same pair takes its place. */
    void put(int left, int right, int rank, int joined) {
        if (2 * ++size > keys.length) grow();
        long key = (long) left << 32 | right;
        int at = slot(key);
        while (values[at] != NONE && keys[at] != key) at = at + 1 & mask;
        keys[at] = key;
        values[at] = (long) rank << 32 | joined;
    }

    private void grow() {
        long[] oldKeys = keys;
        long[] oldValues = values;
        keys = new long[oldKeys.length * 2];
        values = new long[oldKeys.length * 2];
        mask = keys.length - 1;
        java.util.Arrays.fill(values, NONE);
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldValues[i] == NONE) continue;
            int at = slot(oldKeys[i]);
            while (values[at] != NONE) at = at + 1 & mask;
            keys[at] = oldKeys[i];
            values[at] = oldValues[i];
        }
    }

    /** A merge with its parts. */
    record Merge(int left, int right, int rank, int joined) {}

    /** All merges by rank. */
    List<Merge> sorted() {
        List<Merge> all = new ArrayList<>();
        for (int i = 0; i < keys.length; i++) {
            if (values[i] != NONE) {
                all.add(new Merge((int) (keys[i] >>> 32), (int) keys[i], (int) (values[i] >>> 32), (int) values[i]));
            }
        }
        all.sort(Comparator.comparingInt(Merge::rank)
                .thenComparingInt(Merge::joined)
                .thenComparingInt(Merge::left)
                .thenComparingInt(Merge::right));
        return all;
    }

    /** The rank in the upper half and the joined id in the lower, or {@link #NONE}. */
    long get(int left, int right) {
        long key = (long) left << 32 | right;
        int at = slot(key);
        while (true) {
            long value = values[at];
            if (value == NONE || keys[at] == key) return value;
            at = at + 1 & mask;
        }
    }

    private int slot(long key) {
        long h = key * Vocabulary.FACTOR;
        return (int) (h >>> 32) & mask;
    }
}
