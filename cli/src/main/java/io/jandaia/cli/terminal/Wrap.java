package io.jandaia.cli.terminal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/**
 * Breaks lines between words at the width that the terminal has at that moment. A word is shown when it is complete, so a
 * shown line never changes. Characters of double width (Chinese, Japanese, emoji) are words of their own.
 */
public final class Wrap {

    /** Punctuation that must not begin a line. */
    private static final String CLOSING = "、。，．：；！？）」』】〉》〕…";

    private record Piece(StringBuilder text, int style) {}

    private final Consumer<String> out;
    private final IntSupplier columns;
    private final List<Piece> word = new ArrayList<>();
    private int wordWidth;
    private String spaces = "";
    private int spacesStyle;
    private String prefix = "";
    private int column;

    Wrap(Consumer<String> out, IntSupplier columns) {
        this.out = out;
        this.columns = columns;
    }

    /** A text with its lines broken between words; its own breaks and the blanks before its lines stay. */
    public static String text(String text, int style, IntSupplier columns) {
        StringBuilder wrapped = new StringBuilder();
        Wrap wrap = new Wrap(wrapped::append, columns);
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (i > 0) {
                wrap.newline();
            }
            String rest = lines.get(i).stripLeading();
            String indent = lines.get(i).substring(0, lines.get(i).length() - rest.length());
            wrap.begin(indent, style, indent);
            wrap.add(rest, style);
        }
        wrap.flush();
        return wrapped.toString();
    }

    /** Begins a line with {@code first}; the lines that follow from wrapping begin with {@code rest}. */
    void begin(String first, int style, String rest) {
        out.accept(Style.on(first, style));
        column = Columns.of(first);
        prefix = rest;
    }

    void add(String text, int style) {
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (c == ' ' || c == '\t') {
                flush();
                spaces += c == ' ' ? " " : "    ";
                spacesStyle = style;
                continue;
            }
            CharSequence before = word.isEmpty() ? "" : word.getLast().text;
            int width = Columns.of(c);
            boolean joins = Columns.joins(before, c) || CLOSING.indexOf(c) >= 0;
            if (!joins && (width > 1 || endsWide(before))) {
                flush();
            }
            if (word.isEmpty() || word.getLast().style != style) {
                word.add(new Piece(new StringBuilder(), style));
            }
            word.getLast().text.appendCodePoint(c);
            wordWidth += width;
        }
    }

    /** Blanks that are not swallowed at the end of a line. */
    void blank(int n) {
        flush();
        if (column + n > width() && column > Columns.of(prefix)) {
            breakLine();
        }
        out.accept(" ".repeat(n));
        column += n;
    }

    private static boolean endsWide(CharSequence text) {
        return !text.isEmpty() && Columns.of(Character.codePointBefore(text, text.length())) > 1;
    }

    /** Shows the last word, complete or not. */
    void flush() {
        if (word.isEmpty()) {
            return;
        }
        int width = width();
        if (column + spaces.length() + wordWidth > width && column > Columns.of(prefix)) {
            breakLine();
        } else {
            out.accept(Style.on(spaces, (spacesStyle & ~Style.UNDERLINE) | (word.getFirst().style & spacesStyle)));
            column += spaces.length();
        }
        spaces = "";
        for (Piece p : word) {
            show(p.text.toString(), p.style, width);
        }
        word.clear();
        wordWidth = 0;
    }

    /** A word wider than the terminal is cut where the line is full. */
    private void show(String text, int style, int width) {
        int from = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int w = Columns.of(c);
            if (column + w > width && column > Columns.of(prefix)) {
                out.accept(Style.on(text.substring(from, i), style));
                from = i;
                breakLine();
            }
            column += w;
            i += Character.charCount(c);
        }
        out.accept(Style.on(text.substring(from), style));
    }

    private void breakLine() {
        out.accept("\n" + Style.on(prefix, Style.DIM));
        column = Columns.of(prefix);
    }

    /** Ends the line. */
    void newline() {
        flush();
        spaces = "";
        out.accept("\n");
        column = 0;
        prefix = "";
    }

    private int width() {
        int now = columns.getAsInt();
        return now > 0 ? now : Integer.MAX_VALUE;
    }
}
