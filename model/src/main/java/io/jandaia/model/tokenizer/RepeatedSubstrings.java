package io.jandaia.model.tokenizer;

import java.util.Arrays;

/**
 * The substrings of a text that come twice or more and are not always followed by the same unit: the inner nodes of its
 * suffix tree, found from the sorted suffixes and the lengths of their common prefixes. Only substrings of 2 to
 * {@code longest} units matter, so suffixes are sorted by that much and no further; the work then grows linearly with the text.
 */
final class RepeatedSubstrings {

    /** Places, lengths and counts share one number while they are sorted. */
    static final int MAX_TEXT = 1 << 27;

    static final int MAX_LENGTH = 1 << 8;

    private static final int PLACE_BITS = 27;
    private static final long PLACE_MASK = (1L << PLACE_BITS) - 1;

    private final int[] text;
    private final int longest;
    private final int[] suffixes;

    private long[] found = new long[1 << 10];
    private int size;

    private RepeatedSubstrings(int[] text, int units, int longest) {
        this.text = text;
        this.longest = longest;
        suffixes = sort(text, units, longest + 1);
    }

    /** Hears of a substring: where it begins, its length, and how often it comes times its length. */
    interface Visitor {
        /** Whether to go on. */
        boolean at(int from, int length, long score);
    }

    /**
     * Tells of every such substring without the unit 0, by falling count times length, then by falling order of the units.
     *
     * @param text units from 0 to {@code units} - 1; 0 separates
     */
    static void visit(int[] text, int units, int longest, Visitor visitor) {
        if (text.length == 0) return;
        var substrings = new RepeatedSubstrings(text, units, longest);
        substrings.collect();
        substrings.tell(visitor);
    }

    /** The suffixes in the order of their first {@code depth} units or more: by prefix doubling, with counting sorts. */
    private static int[] sort(int[] text, int units, int depth) {
        int n = text.length;
        int[] sorted = new int[n];
        int[] bySecond = new int[n];
        int[] rank = text.clone();
        int[] counts = new int[Math.max(n, units) + 1];
        for (int i = 0; i < n; i++) bySecond[i] = i;
        int ranks = units;
        count(bySecond, rank, counts, ranks, sorted);
        for (int known = 1; known < depth && ranks < n; known *= 2) {
            WordCounts.checkInterrupted();
            int to = 0;
            for (int i = Math.max(0, n - known); i < n; i++) bySecond[to++] = i;
            for (int suffix : sorted) if (suffix >= known) bySecond[to++] = suffix - known;
            count(bySecond, rank, counts, ranks, sorted);
            // The second keys are read no more: their array takes the new ranks.
            int[] next = bySecond;
            ranks = 0;
            for (int i = 0; i < n; i++) {
                if (i > 0 && !same(rank, sorted[i - 1], sorted[i], known)) ranks++;
                next[sorted[i]] = ranks;
            }
            ranks++;
            bySecond = rank;
            rank = next;
        }
        return sorted;
    }

    private static boolean same(int[] rank, int a, int b, int known) {
        if (rank[a] != rank[b]) return false;
        int secondA = a + known < rank.length ? rank[a + known] : -1;
        int secondB = b + known < rank.length ? rank[b + known] : -1;
        return secondA == secondB;
    }

    /** Sorts places by rank, keeping the order of those of equal rank. */
    private static void count(int[] places, int[] rank, int[] counts, int ranks, int[] sorted) {
        Arrays.fill(counts, 0, ranks + 1, 0);
        for (int r : rank) counts[r + 1]++;
        for (int r = 0; r < ranks; r++) counts[r + 1] += counts[r];
        for (int place : places) sorted[counts[rank[place]]++] = place;
    }

    /** How many units two neighbours among the suffixes share, counted up to one more than matters. */
    private int common(int i) {
        int a = suffixes[i - 1];
        int b = suffixes[i];
        int limit = Math.min(longest + 1, text.length - Math.max(a, b));
        int n = 0;
        while (n < limit && text[a + n] == text[b + n]) n++;
        return n;
    }

    /** Walks the suffixes with a stack of the intervals that are open: where they began and what their suffixes share. */
    private void collect() {
        int n = suffixes.length;
        // Depths on the stack grow strictly, so longest + 3 are the most.
        int[] lefts = new int[longest + 4];
        int[] depths = new int[longest + 4];
        int top = 0;
        depths[0] = -1;
        for (int i = 1; i <= n; i++) {
            if ((i & 0xFFFFF) == 0) WordCounts.checkInterrupted();
            int depth = i == n ? -1 : common(i);
            // The suffix before stands alone until it shares something.
            int left = i - 1;
            while (depths[top] > depth) {
                left = lefts[top];
                add(left, i - left, depths[top]);
                top--;
            }
            if (depths[top] < depth) {
                top++;
                lefts[top] = left;
                depths[top] = depth;
            }
        }
    }

    private void add(int left, int times, int length) {
        if (length < 2 || length > longest) return;
        int from = suffixes[left];
        for (int i = 0; i < length; i++) if (text[from + i] == 0) return;
        if (size == found.length) found = Arrays.copyOf(found, 2 * size);
        found[size++] = ((long) left << 9 | length) << PLACE_BITS | times;
    }

    private void tell(Visitor visitor) {
        // An interval further right, or deeper from the same suffix on, is a greater substring.
        Arrays.sort(found, 0, size);
        long[] byScore = new long[size];
        for (int i = 0; i < size; i++) byScore[i] = score(found[i]) << PLACE_BITS | i;
        Arrays.sort(byScore);
        for (int i = size - 1; i >= 0; i--) {
            long one = found[(int) (byScore[i] & PLACE_MASK)];
            if (!visitor.at(suffixes[(int) (one >> (PLACE_BITS + 9))], length(one), score(one))) return;
        }
    }

    private static int length(long one) {
        return (int) (one >> PLACE_BITS) & 0x1FF;
    }

    private static long score(long one) {
        return (one & PLACE_MASK) * length(one);
    }
}
