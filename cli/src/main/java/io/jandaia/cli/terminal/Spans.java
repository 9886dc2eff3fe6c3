package io.jandaia.cli.terminal;

/**
 * The spans within a line of Markdown: emphasis, code, links, strike-through. Reads a line while it grows: what could still
 * become a span waits for its end, or for the end of the line, which makes it plain text.
 */
final class Spans {

    interface Sink {
        void add(String text, int style);
    }

    /** A span that has not ended after this many characters is none. */
    private static final int LONGEST = 600;

    private static final int WAIT = -1;
    private static final int NONE = -2;

    private final Sink sink;

    Spans(Sink sink) {
        this.sink = sink;
    }

    /**
     * Shows what is certain of {@code line} from {@code from} on.
     *
     * @param complete whether the line has ended
     * @return where to go on
     */
    int show(String line, int from, boolean complete, int style) {
        int i = from;
        int shown = from;
        while (i < line.length()) {
            char c = line.charAt(i);
            if ("\\`*_~[!".indexOf(c) < 0) {
                i++;
                continue;
            }
            sink.add(line.substring(shown, i), style);
            shown = i;
            int next = span(line, i, complete || line.length() - i > LONGEST, style);
            if (next == WAIT) {
                return i;
            }
            if (next == NONE) {
                i += run(line, i, c);
            } else {
                i = next;
                shown = next;
            }
        }
        sink.add(line.substring(shown), style);
        return line.length();
    }

    /** Shows the span at {@code i} and returns its end, or WAIT, or NONE. */
    private int span(String line, int i, boolean complete, int style) {
        char c = line.charAt(i);
        return switch (c) {
            case '\\' -> escaped(line, i, complete, style);
            case '`' -> code(line, i, complete, style);
            case '[' -> link(line, i, i, complete, style);
            case '!' ->
                i + 1 == line.length()
                        ? complete ? NONE : WAIT
                        : line.charAt(i + 1) == '[' ? link(line, i, i + 1, complete, style) : NONE;
            default -> emphasis(line, i, c, complete, style);
        };
    }

    private int escaped(String line, int i, boolean complete, int style) {
        if (i + 1 == line.length()) {
            return complete ? NONE : WAIT;
        }
        char next = line.charAt(i + 1);
        if (next > '~' || Character.isLetterOrDigit(next) || next == ' ') {
            return NONE;
        }
        sink.add(String.valueOf(next), style);
        return i + 2;
    }

    private int code(String line, int i, boolean complete, int style) {
        int n = run(line, i, '`');
        if (i + n == line.length()) {
            return complete ? NONE : WAIT;
        }
        for (int j = i + n; j < Math.min(line.length(), i + LONGEST); j++) {
            if (line.charAt(j) == '`') {
                int m = run(line, j, '`');
                if (j + m == line.length() && !complete) {
                    return m > n ? NONE : WAIT;
                }
                if (m == n) {
                    String code = line.substring(i + n, j);
                    boolean padded = code.length() > 2 && code.startsWith(" ") && code.endsWith(" ");
                    sink.add(padded ? code.substring(1, code.length() - 1) : code, style | Style.CODE);
                    return j + n;
                }
                j += m - 1;
            }
        }
        return complete ? NONE : WAIT;
    }

    /** {@code [text](address)} or, with a ! before it, an image. */
    private int link(String line, int from, int bracket, boolean complete, int style) {
        int depth = 0;
        for (int i = bracket; i < Math.min(line.length(), from + LONGEST); i++) {
            char c = line.charAt(i);
            depth += c == '[' ? 1 : c == ']' ? -1 : 0;
            if (depth == 0) {
                if (i + 1 == line.length()) {
                    return complete ? NONE : WAIT;
                }
                if (line.charAt(i + 1) != '(') {
                    return NONE;
                }
                int end = closing(line, i + 1);
                if (end < 0) {
                    return complete ? NONE : WAIT;
                }
                String text = line.substring(bracket + 1, i);
                String address = line.substring(i + 2, end).strip().split("\\s", 2)[0];
                show(text, 0, true, style | Style.UNDERLINE);
                if (!address.isEmpty() && !address.equals(text)) {
                    sink.add((text.isEmpty() && from == bracket ? "" : " ") + "(" + address + ")", style | Style.DIM);
                }
                return end + 1;
            }
        }
        return complete ? NONE : WAIT;
    }

    private static int closing(String line, int open) {
        int depth = 0;
        for (int i = open; i < Math.min(line.length(), open + LONGEST); i++) {
            depth += line.charAt(i) == '(' ? 1 : line.charAt(i) == ')' ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
        return -1;
    }

    private int emphasis(String line, int i, char c, boolean complete, int style) {
        int n = run(line, i, c);
        int after = i + n;
        if (after == line.length()) {
            return complete ? NONE : WAIT;
        }
        boolean opens = !Character.isWhitespace(line.charAt(after))
                && n <= 3
                && (c != '~' || n == 2)
                && (c != '_' || i == 0 || !Character.isLetterOrDigit(line.charAt(i - 1)));
        if (!opens) {
            return NONE;
        }
        for (int j = after; j < Math.min(line.length(), i + LONGEST); j++) {
            char d = line.charAt(j);
            if (d == '\\') {
                j++;
            } else if (d == '`') {
                // code may hold the same character
                int m = run(line, j, '`');
                int end = line.indexOf("`".repeat(m), j + m);
                j = end < 0 ? j + m - 1 : end + m - 1;
            } else if (d == c) {
                int m = run(line, j, c);
                if (j + m == line.length() && !complete) {
                    return WAIT;
                }
                boolean closes = !Character.isWhitespace(line.charAt(j - 1))
                        && (c != '_' || j + m == line.length() || !Character.isLetterOrDigit(line.charAt(j + m)));
                if (m == n && closes) {
                    show(line.substring(after, j), 0, true, style | look(c, n));
                    return j + n;
                }
                if (m > n && closes) {
                    // as in **a *b***: the outer one ends last
                    show(line.substring(after, j + m - n), 0, true, style | look(c, n));
                    return j + m;
                }
                j += m - 1;
            }
        }
        return complete ? NONE : WAIT;
    }

    private static int look(char c, int n) {
        if (c == '~') {
            return Style.STRIKE;
        }
        return switch (n) {
            case 1 -> Style.ITALIC;
            case 2 -> Style.BOLD;
            default -> Style.BOLD | Style.ITALIC;
        };
    }

    private static int run(String line, int i, char c) {
        int n = 0;
        while (i + n < line.length() && line.charAt(i + n) == c) {
            n++;
        }
        return n;
    }
}
