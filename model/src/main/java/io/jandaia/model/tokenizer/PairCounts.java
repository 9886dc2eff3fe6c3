package io.jandaia.model.tokenizer;

import java.util.Arrays;

/** How often each pair of token ids stands side by side; every pair that was ever seen keeps its number. */
final class PairCounts {

    private long[] pairs = new long[1 << 10];
    private long[] counts = new long[1 << 10];
    /** Open addressing: number + 1, or 0 where free. */
    private int[] slots = new int[1 << 12];

    private int size;

    static long pair(int left, int right) {
        return (long) left << 32 | right;
    }

    /** The number of a pair, from 0; a new pair is counted zero times. */
    int number(long pair) {
        int mask = slots.length - 1;
        int at = slot(pair, mask);
        for (; slots[at] != 0; at = at + 1 & mask) if (pairs[slots[at] - 1] == pair) return slots[at] - 1;
        if (size == pairs.length) {
            pairs = Arrays.copyOf(pairs, 2 * size);
            counts = Arrays.copyOf(counts, 2 * size);
        }
        pairs[size] = pair;
        slots[at] = ++size;
        if (4L * size > slots.length && slots.length < 1 << 30) grow();
        return size - 1;
    }

    private void grow() {
        slots = new int[2 * slots.length];
        int mask = slots.length - 1;
        for (int i = 0; i < size; i++) {
            int at = slot(pairs[i], mask);
            while (slots[at] != 0) at = at + 1 & mask;
            slots[at] = i + 1;
        }
    }

    private static int slot(long pair, int mask) {
        return (int) ((pair * 0x9E3779B97F4A7C15L) >>> 32) & mask;
    }

    /** Counts a pair more, or less, often; its number. */
    int add(long pair, long change) {
        int number = number(pair);
        counts[number] += change;
        return number;
    }

    long pair(int number) {
        return pairs[number];
    }

    long count(int number) {
        return counts[number];
    }
}
