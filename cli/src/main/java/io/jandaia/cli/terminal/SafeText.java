package io.jandaia.cli.terminal;

/**
 * Text that cannot drive a terminal. A model, or a file that somebody else made, may contain escape sequences that set the
 * clipboard, the title or the cursor; here every control character but tab and newline becomes a picture of itself.
 */
public final class SafeText {

    private static final int CONTROL_PICTURES = 0x2400;

    private SafeText() {}

    /** The same text with control characters made visible; a carriage return before a newline is left out. */
    public static String of(String text) {
        int i = 0;
        while (i < text.length() && !control(text.charAt(i))) {
            i++;
        }
        if (i == text.length()) {
            return text;
        }
        StringBuilder safe = new StringBuilder(text.length() + 8).append(text, 0, i);
        for (; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
                continue;
            }
            safe.append(control(c) ? picture(c) : c);
        }
        return safe.toString();
    }

    private static boolean control(char c) {
        return (c < ' ' && c != '\n' && c != '\t') || (c >= 0x7f && c <= 0x9f) || c == '\u2028' || c == '\u2029';
    }

    /** C0 and DEL have pictures of their own; the rest gets that of a substitute. */
    private static char picture(char c) {
        return (char) (c < ' ' ? CONTROL_PICTURES + c : c == 0x7f ? '\u2421' : '\u2426');
    }
}
