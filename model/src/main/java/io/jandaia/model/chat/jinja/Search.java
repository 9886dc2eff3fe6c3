package io.jandaia.model.chat.jinja;

/**
 * Where one text occurs in another, in time that grows with both lengths, not with their product: long needles are searched by
 * their borders (Knuth, Morris and Pratt 1977).
 */
final class Search {

    /** Up to here the library's search, which tries every place, is faster and its product is small. */
    private static final int SHORT = 64;

    private Search() {}

    /** The first place from {@code from} on; -1 when there is none. */
    static int first(String text, String needle, int from) {
        return needle.length() <= SHORT ? text.indexOf(needle, from) : find(text, needle, Math.max(0, from), 1);
    }

    /** The last place that begins at {@code from} or before; -1 when there is none. */
    static int last(String text, String needle, int from) {
        if (needle.length() <= SHORT) {
            return text.lastIndexOf(needle, from);
        }
        int end = (int) Math.min(text.length(), (long) from + needle.length());
        return from < 0 ? -1 : find(text, needle, text.length() - end, -1);
    }

    /** Searches forwards, or with direction -1 backwards, where character i of either text is the i-th from its end. */
    private static int find(String text, String needle, int from, int direction) {
        int n = needle.length();
        int[] borders = new int[n];
        for (int i = 1, k = 0; i < n; i++) {
            while (k > 0 && at(needle, i, direction) != at(needle, k, direction)) {
                k = borders[k - 1];
            }
            k += at(needle, i, direction) == at(needle, k, direction) ? 1 : 0;
            borders[i] = k;
        }
        for (int i = from, k = 0; i < text.length(); i++) {
            while (k > 0 && at(text, i, direction) != at(needle, k, direction)) {
                k = borders[k - 1];
            }
            k += at(text, i, direction) == at(needle, k, direction) ? 1 : 0;
            if (k == n) {
                return direction > 0 ? i - n + 1 : text.length() - 1 - i;
            }
        }
        return -1;
    }

    private static char at(String s, int i, int direction) {
        return s.charAt(direction > 0 ? i : s.length() - 1 - i);
    }
}
