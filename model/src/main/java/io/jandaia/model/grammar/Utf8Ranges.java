package io.jandaia.model.grammar;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Ranges of code points as sequences of ranges of bytes in UTF-8. Surrogates, which UTF-8 cannot have, are left out. */
final class Utf8Ranges {

    private static final int[] LAST_OF_LENGTH = {0x7f, 0x7ff, 0xffff, 0x10ffff};

    private Utf8Ranges() {}

    /** @param to receives each sequence: a list of lowest and highest bytes */
    static void split(int low, int high, Consumer<List<int[]>> to) {
        if (low <= 0xdfff && high >= 0xd800) {
            if (low < 0xd800) {
                split(low, 0xd7ff, to);
            }
            if (high > 0xdfff) {
                split(0xe000, high, to);
            }
            return;
        }
        int from = low;
        for (int last : LAST_OF_LENGTH) {
            if (from <= last && from <= high) {
                sameLength(bytes(from), bytes(Math.min(last, high)), to);
                from = last + 1;
            }
        }
    }

    private static int[] bytes(int c) {
        if (c < 0x80) {
            return new int[] {c};
        }
        if (c < 0x800) {
            return new int[] {0xc0 | (c >> 6), tail(c)};
        }
        if (c < 0x10000) {
            return new int[] {0xe0 | (c >> 12), tail(c >> 6), tail(c)};
        }
        return new int[] {0xf0 | (c >> 18), tail(c >> 12), tail(c >> 6), tail(c)};
    }

    private static int tail(int c) {
        return 0x80 | (c & 63);
    }

    private static void sameLength(int[] low, int[] high, Consumer<List<int[]>> to) {
        split(low, high, 0, new ArrayList<>(), to);
    }

    /** The bytes before {@code at} are the same in both, and in {@code begun}. */
    private static void split(int[] low, int[] high, int at, List<int[]> begun, Consumer<List<int[]>> to) {
        if (at == low.length) {
            to.accept(begun);
            return;
        }
        if (low[at] == high[at] || (whole(low, at + 1, 0x80) && whole(high, at + 1, 0xbf))) {
            List<int[]> next = new ArrayList<>(begun);
            next.add(new int[] {low[at], high[at]});
            if (low[at] == high[at]) {
                split(low, high, at + 1, next, to);
            } else {
                rest(next, low.length - at - 1, to);
            }
            return;
        }
        if (!whole(low, at + 1, 0x80)) { // the lowest lead byte on its own
            split(low, filled(low, at + 1, 0xbf), at, begun, to);
            int[] next = filled(low, at + 1, 0x80);
            next[at]++;
            split(next, high, at, begun, to);
            return;
        }
        split(filled(high, at + 1, 0x80), high, at, begun, to); // the highest lead byte on its own
        int[] previous = filled(high, at + 1, 0xbf);
        previous[at]--;
        split(low, previous, at, begun, to);
    }

    private static void rest(List<int[]> begun, int count, Consumer<List<int[]>> to) {
        List<int[]> all = new ArrayList<>(begun);
        for (int i = 0; i < count; i++) {
            all.add(new int[] {0x80, 0xbf});
        }
        to.accept(all);
    }

    private static boolean whole(int[] bytes, int from, int value) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] != value) {
                return false;
            }
        }
        return true;
    }

    private static int[] filled(int[] bytes, int from, int value) {
        int[] out = bytes.clone();
        for (int i = from; i < out.length; i++) {
            out[i] = value;
        }
        return out;
    }
}
