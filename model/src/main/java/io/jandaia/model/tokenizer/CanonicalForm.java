package io.jandaia.model.tokenizer;

import java.text.Normalizer;
import java.text.Normalizer.Form;

/**
 * The Unicode normal forms with positions: of the Java runtime's tables, cluster by cluster, so that every new character
 * knows which old ones it stands for.
 */
final class CanonicalForm {

    private CanonicalForm() {}

    static Text normalize(Text text, Form form) {
        String chars = text.chars();
        if (isPlain(chars, form) || Normalizer.isNormalized(chars, form)) return text;
        var edits = new Edits(chars.length());
        for (int at = 0; at < chars.length(); ) {
            int end = at + Character.charCount(chars.codePointAt(at));
            while (end < chars.length() && joinsBack(chars.codePointAt(end))) {
                end += Character.charCount(chars.codePointAt(end));
            }
            cluster(chars.substring(at, end), form, edits);
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

    /** Whether a character may combine with, or be ordered among, what comes before it. */
    private static boolean joinsBack(int c) {
        if (c < 0x300) return false;
        return CharSet.isMark(c)
                || (c >= 0x1160 && c <= 0x11FF)
                || (c >= 0xFF9E && c <= 0xFFDC)
                || (c >= 0x16D63 && c <= 0x16D6A)
                || (c >= 0xD7B0 && c <= 0xD7FB);
    }

    private static void cluster(String old, Form form, Edits edits) {
        String now = Normalizer.normalize(old, form);
        if (now.equals(old)) {
            old.codePoints().forEach(c -> edits.add(c, 0));
            return;
        }
        boolean compatible = form == Form.NFKC || form == Form.NFKD;
        Form apart = compatible ? Form.NFKD : Form.NFD;
        // Every old character taken apart: its first part takes its place, the others are new.
        int capacity = 18 * old.length() + 4;
        int[] parts = new int[Math.min(capacity, 1 << 16)];
        int[] changes = new int[parts.length];
        int n = 0;
        for (int i = 0; i < old.length(); ) {
            int c = old.codePointAt(i);
            i += Character.charCount(c);
            int[] taken = Normalizer.normalize(Character.toString(c), apart)
                    .codePoints()
                    .toArray();
            if (n + taken.length > parts.length) {
                parts = java.util.Arrays.copyOf(parts, 2 * parts.length + taken.length);
                changes = java.util.Arrays.copyOf(changes, parts.length);
            }
            for (int k = 0; k < taken.length; k++) {
                parts[n] = taken[k];
                changes[n++] = k == 0 ? 0 : 1;
            }
        }
        // Ordering moves equal characters in order, so each new character takes the first equal part that is left.
        int used = 0;
        boolean[] gone = new boolean[n];
        for (int i = 0; i < now.length(); ) {
            int c = now.codePointAt(i);
            i += Character.charCount(c);
            int[] wanted = form == Form.NFD || form == Form.NFKD
                    ? new int[] {c}
                    : Normalizer.normalize(Character.toString(c), apart)
                            .codePoints()
                            .toArray();
            int change = 0;
            for (int k = 0; k < wanted.length; k++) {
                while (used < n && gone[used]) used++;
                int p = used;
                while (p < n && (gone[p] || parts[p] != wanted[k])) p++;
                if (p == n) continue;
                gone[p] = true;
                change += k == 0 ? changes[p] : changes[p] - 1;
            }
            edits.add(c, change);
        }
    }
}
