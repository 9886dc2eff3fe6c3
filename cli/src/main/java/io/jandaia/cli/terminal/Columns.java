package io.jandaia.cli.terminal;

import org.jline.utils.WCWidth;

/**
 * How many columns text takes. Terminals disagree about sequences that are joined to one picture; the widest reading is
 * taken, so that a line never runs over.
 */
final class Columns {

    private static final int JOINER = 0x200d;
    private static final int PICTURE = 0xfe0f; // asks for the wide form of the character before it
    private static final int SKIN_FROM = 0x1f3fb;
    private static final int SKIN_TO = 0x1f3ff;

    private Columns() {}

    static int of(String text) {
        int sum = 0;
        int before = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int width = of(c);
            sum += c == PICTURE && before == 1 ? 1 : width;
            before = width;
            i += Character.charCount(c);
        }
        return sum;
    }

    static int of(int codePoint) {
        return codePoint < 0x7f && codePoint >= ' ' ? 1 : Math.max(0, WCWidth.wcwidth(codePoint));
    }

    /** Whether {@code next} is shown together with what {@code before} ends with. */
    static boolean joins(CharSequence before, int next) {
        if (before.isEmpty()) {
            return false;
        }
        int last = Character.codePointBefore(before, before.length());
        return of(next) == 0
                || last == JOINER
                || (next >= SKIN_FROM && next <= SKIN_TO)
                || (WCWidth.isRegionalIndicator(next) && WCWidth.isRegionalIndicator(last));
    }
}
