package io.jandaia.model.tokenizer;

import java.text.Normalizer;
import java.text.Normalizer.Form;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The Unicode normal forms with positions: of the Java runtime's tables less {@link OlderUnicode}, cluster by cluster, so that every new character
 * knows which old ones it stands for.
 */
final class CanonicalForm {

    static Text normalize(Text text, Form form) {
        String chars = text.chars();
        if (isPlain(chars, form) || (hasShortClusters(chars) && Normalizer.isNormalized(chars, form))) return text;
        var clusters = new CanonicalForm(form);
        var edits = new Edits(chars.length());
        for (int at = 0; at < chars.length(); ) {
            int end = at + Character.charCount(chars.codePointAt(at));
            while (end < chars.length() && joinsBack(chars.codePointAt(end))) {
                end += Character.charCount(chars.codePointAt(end));
            }
            char first = chars.charAt(at);
            if (end == at + 1 && (first < 0x80 || (first < 0x300 && form == Form.NFC))) {
                edits.add(first, 0);
            } else {
                clusters.cluster(chars.substring(at, end), edits);
            }
            at = end;
        }
        return edits.apply(text, 0);
    }

    /** Nothing in Latin-1 (for composed canonical form, nothing below the first combining mark) changes. */
    private static boolean isPlain(String chars, Form form) {
        int limit = form == Form.NFC ? 0x300 : 0x80;
        for (int i = 0; i < chars.length(); i++) if (chars.charAt(i) >= limit) return false;
        return true;
    }

    /** The library's check takes quadratic time in the length of a cluster. */
    private static boolean hasShortClusters(String chars) {
        int length = 0;
        for (int i = 0; i < chars.length(); ) {
            int c = chars.codePointAt(i);
            i += Character.charCount(c);
            length = joinsBack(c) ? length + 1 : 1;
            if (length > SHORT) return false;
        }
        return true;
    }

    /** Whether a character may combine with, or be ordered among, what comes before it. */
    static boolean joinsBack(int c) {
        if (c < 0x300) return false;
        return CharSet.isMark(c)
                || (c >= 0x1160 && c <= 0x11FF)
                || (c >= 0xFF9E && c <= 0xFFDC)
                || (c >= 0x16D63 && c <= 0x16D6A)
                || (c >= 0xD7B0 && c <= 0xD7FB);
    }

    /** Short clusters that are in form already are told by the library's own, quadratic but quick, routine. */
    private static final int SHORT = 32;

    /**
     * One mark of every combining class above 0, in order of class (UnicodeData.txt): the Java library orders marks but does
     * not tell their classes, so they are found by comparison.
     */
    private static final int[] CLASSES = {
        0x334, 0x16FF0, 0x93C, 0x3099, 0x94D, 0x5B0, 0x5B1, 0x5B2, 0x5B3, 0x5B4, 0x5B5, 0x5B6, 0x5B7, 0x5B8, 0x5B9,
                0x5BB,
        0x5BC, 0x5BD, 0x5BF, 0x5C1, 0x5C2, 0xFB1E, 0x64B, 0x64C, 0x64D, 0x64E, 0x64F, 0x650, 0x651, 0x652, 0x670, 0x711,
        0xC55, 0xC56, 0xE38, 0xE48, 0xEB8, 0xEC8, 0xF71, 0xF72, 0xF74, 0x321, 0x1DCE, 0x31B, 0x302A, 0x316, 0x59A,
                0x302E,
        0x1D16D, 0x5AE, 0x301, 0x315, 0x35C, 0x35D, 0x345
    };

    private final Form form;
    private final Form apart;
    private final boolean composes;
    private final Map<Integer, Integer> classes = new HashMap<>();
    private final Map<Integer, int[]> decompositions = new HashMap<>();
    private final Map<Long, Integer> compositions = new HashMap<>();

    private CanonicalForm(Form form) {
        this.form = form;
        composes = form == Form.NFC || form == Form.NFKC;
        apart = form == Form.NFKC || form == Form.NFKD ? Form.NFKD : Form.NFD;
    }

    private void cluster(String old, Edits edits) {
        if (old.length() <= SHORT && Normalizer.normalize(old, form).equals(old)) {
            old.codePoints().forEach(c -> edits.add(c, 0));
            return;
        }
        // Every old character taken apart: its first part takes its place, the others are new.
        int[] points = new int[old.length()];
        int[] changes = new int[old.length()];
        int n = 0;
        for (int i = 0; i < old.length(); ) {
            int c = old.codePointAt(i);
            i += Character.charCount(c);
            int[] parts = decompositions.computeIfAbsent(
                    c,
                    p -> OlderUnicode.isWhole(p)
                            ? new int[] {p}
                            : Normalizer.normalize(Character.toString(p), apart)
                                    .codePoints()
                                    .toArray());
            if (n + parts.length > points.length) {
                points = Arrays.copyOf(points, 2 * points.length + parts.length);
                changes = Arrays.copyOf(changes, points.length);
            }
            for (int k = 0; k < parts.length; k++) {
                points[n] = parts[k];
                changes[n++] = k == 0 ? 0 : 1;
            }
        }
        int[] ranks = new int[n];
        for (int i = 0; i < n; i++) ranks[i] = combiningRank(points[i]);
        order(points, changes, ranks, n);
        if (composes) n = compose(points, changes, ranks, n);
        for (int i = 0; i < n; i++) edits.add(points[i], changes[i]);
    }

    /** Sorts every run of marks by class, equal classes staying in order. */
    private static void order(int[] points, int[] changes, int[] ranks, int n) {
        for (int from = 0; from < n; ) {
            int to = from + 1;
            if (ranks[from] > 0) {
                boolean sorted = true;
                for (; to < n && ranks[to] > 0; to++) sorted &= ranks[to] >= ranks[to - 1];
                if (!sorted) {
                    long[] keys = new long[to - from];
                    for (int i = from; i < to; i++) keys[i - from] = ((long) ranks[i] << 32) | (i - from);
                    Arrays.sort(keys);
                    int[] oldPoints = Arrays.copyOfRange(points, from, to);
                    int[] oldChanges = Arrays.copyOfRange(changes, from, to);
                    for (int i = from; i < to; i++) {
                        int source = (int) keys[i - from];
                        points[i] = oldPoints[source];
                        changes[i] = oldChanges[source];
                        ranks[i] = (int) (keys[i - from] >> 32);
                    }
                }
            }
            from = to;
        }
    }

    /** Canonical composition (UAX 15): joins marks to the last starter unless one of their class or above lies between. */
    private int compose(int[] points, int[] changes, int[] ranks, int n) {
        int kept = 0;
        int starter = -1;
        int between = 0;
        for (int i = 0; i < n; i++) {
            int c = points[i];
            int change = changes[i];
            int rank = ranks[i];
            boolean adjacent = starter == kept - 1;
            if (starter >= 0 && (adjacent || between < rank)) {
                int joined = joined(points[starter], c);
                if (joined >= 0) {
                    points[starter] = joined;
                    changes[starter] += change - 1;
                    continue;
                }
            }
            points[kept] = c;
            changes[kept] = change;
            if (rank == 0) {
                starter = kept;
                between = 0;
            } else {
                between = rank;
            }
            kept++;
        }
        return kept;
    }

    /** The character that two compose to, or -1. */
    private int joined(int starter, int c) {
        return compositions.computeIfAbsent(((long) starter << 32) | c, key -> {
            String both = Normalizer.normalize(Character.toString(starter) + Character.toString(c), Form.NFC);
            boolean one = both.codePointCount(0, both.length()) == 1 && !OlderUnicode.isWhole(both.codePointAt(0));
            return one ? both.codePointAt(0) : -1;
        });
    }

    /** 0 for a starter, else the place of the mark's class among all classes. */
    private int combiningRank(int c) {
        if (!CharSet.isMark(c)) return 0;
        return classes.computeIfAbsent(c, mark -> {
            int low = 0;
            int high = CLASSES.length;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (swaps(CLASSES[middle], mark)) high = middle;
                else low = middle + 1;
            }
            // A mark stands between the first class above it and its own; a starter moves past none.
            boolean mobile = swaps(CLASSES[CLASSES.length - 1], mark) || swaps(mark, CLASSES[0]);
            return mobile ? low : 0;
        });
    }

    /** Whether canonical order puts the second before the first. */
    private static boolean swaps(int first, int second) {
        String both = Character.toString(first) + Character.toString(second);
        String ordered = Normalizer.normalize(both, Form.NFD);
        return !ordered.equals(both) && ordered.codePointAt(0) != first;
    }
}
