package io.jandaia.cli.terminal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Shows Markdown on a terminal while it arrives. Nothing that was shown is changed again: a line is held back only until it
 * is clear what kind it is, a span until it ends, a table until its last row. What a model sends as control characters is
 * shown, not obeyed.
 */
public final class Markdown implements AnswerWriter {

    private enum Mode {
        /** It is not clear yet what the line is. */
        START,
        /** Words with spans. */
        TEXT,
        CODE,
        /** Within {@code <think>}. */
        THINK
    }

    private static final Pattern FENCE = Pattern.compile("( *)(`{3,}|~{3,})([^`]*)");
    private static final Pattern HEADING = Pattern.compile(" {0,3}(#{1,6}) +(.*)");
    private static final Pattern QUOTE = Pattern.compile(" {0,3}> ?(.*)");
    private static final Pattern BULLET = Pattern.compile("([ \t]*)[-*+] +(.*)");
    private static final Pattern NUMBER = Pattern.compile("([ \t]*\\d{1,9}[.)] +)(.*)");

    /** The beginnings of lines that may still become something else; so may those of rules. */
    private static final Pattern UNCLEAR =
            Pattern.compile("[ \t]*(`{0,2}|~{0,2}|`{3,}[^`]*|~{3,}.*|#{1,6}|\\+|\\d{1,9}[.)]?|\\|.*)");

    private static final String THINK = "<think>";
    private static final String THOUGHT = "</think>";
    private static final int MAX_TABLE = 300;
    private static final int MAX_BARS = 16;
    private static final int MAX_NEWLINES = 2;
    private static final int RULE_MARKS = 3;
    private static final int RULE_COLUMNS = 40;
    private static final String GUTTER = "│ ";
    private static final String BAR = "▌ ";

    private final Consumer<String> out;
    private final IntSupplier columns;
    private final Wrap wrap;
    private final Spans spans;
    private final StringBuilder line = new StringBuilder();
    private final List<String> table = new ArrayList<>();
    private Mode mode = Mode.START;
    /** How much of the line was shown. */
    private int shown;

    private int style;
    private String fence = "";
    private int fenceIndent;
    private int newlines;
    private boolean anything;
    private boolean carriageReturn;

    public Markdown(Consumer<String> out, IntSupplier columns) {
        this.out = out;
        this.columns = columns;
        this.wrap = new Wrap(out, columns);
        this.spans = new Spans(wrap::add);
    }

    @Override
    public void write(String text) {
        String part = carriageReturn ? "\r" + text : text;
        carriageReturn = part.endsWith("\r");
        part = SafeText.of(carriageReturn ? part.substring(0, part.length() - 1) : part);
        int from = 0;
        for (int end; (end = part.indexOf('\n', from)) >= 0; from = end + 1) {
            line.append(part, from, end);
            progress(true);
        }
        line.append(part, from, part.length());
        progress(false);
    }

    @Override
    public void finish() {
        if (!line.isEmpty()) {
            progress(true);
        }
        showTable();
        if (fence.isEmpty()) {
            newlines = 0;
        } else {
            closeFence(); // a model that was stopped in the middle
        }
        wrap.newline();
    }

    /** Shows what can be shown of the line; takes it away if it is complete. */
    private void progress(boolean complete) {
        if (mode == Mode.START) {
            start(line.toString(), complete, "");
        }
        if (mode == Mode.THINK) {
            think(complete);
            if (mode == Mode.START && !line.isEmpty()) {
                start(line.toString(), complete, "");
            }
        }
        if (mode == Mode.TEXT) {
            shown = spans.show(line.toString(), shown, complete, style);
        } else if (mode == Mode.CODE) {
            code(complete);
        }
        if (complete && mode != Mode.START) {
            endLine();
        } else if (complete) {
            line.setLength(0);
        }
    }

    private void endLine() {
        wrap.flush();
        newlines++;
        line.setLength(0);
        shown = 0;
        style = Style.PLAIN;
        mode = !fence.isEmpty() ? Mode.CODE : mode == Mode.THINK ? Mode.THINK : Mode.START;
    }

    /** Line breaks are written when something follows them, so that an answer ends with its last word. */
    private void begin(String first, int look, String rest) {
        for (int i = anything ? Math.min(newlines, MAX_NEWLINES) : 0; i > 0; i--) {
            wrap.newline();
        }
        newlines = 0;
        anything = true;
        wrap.begin(first, look, rest);
    }

    /**
     * Finds out what the line is.
     *
     * @param bars those of the quotes around it, which are not part of {@code text}
     */
    private void start(String text, boolean complete, String bars) {
        if (!complete
                && (UNCLEAR.matcher(text).matches() || marks(text) > 0 || (!anything && THINK.startsWith(text)))) {
            return;
        }
        if (text.stripLeading().startsWith("|") && bars.isEmpty()) {
            table.add(text);
            if (table.size() >= MAX_TABLE) {
                showTable();
            }
            return; // a line of a table is complete and stays in START
        }
        showTable();
        if (text.isBlank()) {
            if (!bars.isEmpty()) {
                begin(bars, Style.DIM, bars);
                mode = Mode.TEXT;
                shown = line.length();
            } else if (complete) {
                newlines++;
            }
            return;
        }
        if (!anything && text.startsWith(THINK)) {
            line.delete(0, THINK.length());
            mode = Mode.THINK;
            return;
        }
        Matcher quote = QUOTE.matcher(text);
        if (bars.length() < MAX_BARS && quote.matches()) {
            if (complete || !quote.group(1).isEmpty()) {
                start(quote.group(1), complete, bars + BAR);
            }
            return;
        }
        Matcher opening = FENCE.matcher(text);
        if (bars.isEmpty() && opening.matches()) {
            openFence(
                    opening.group(1).length(),
                    opening.group(2),
                    opening.group(3).strip());
            return;
        }
        mode = Mode.TEXT;
        if (marks(text) >= RULE_MARKS) {
            int width = columns.getAsInt();
            begin(bars + "─".repeat(width > 0 ? Math.min(width, RULE_COLUMNS) : RULE_COLUMNS), Style.DIM, "");
            shown = line.length();
            return;
        }
        Matcher heading = HEADING.matcher(text);
        Matcher bullet = BULLET.matcher(text);
        Matcher number = NUMBER.matcher(text);
        String rest;
        if (heading.matches()) {
            begin(bars, Style.DIM, bars);
            style = Style.HEADING | (heading.group(1).length() == 1 ? Style.UNDERLINE : Style.PLAIN);
            rest = heading.group(2);
        } else if (bullet.matches()) {
            begin(bars + bullet.group(1) + "• ", Style.PLAIN, bars + bullet.group(1) + "  ");
            rest = bullet.group(2);
        } else if (number.matches()) {
            begin(
                    bars + number.group(1),
                    Style.PLAIN,
                    bars + " ".repeat(number.group(1).length()));
            rest = number.group(2);
        } else {
            rest = text.stripLeading();
            String indent = text.substring(0, text.length() - rest.length());
            begin(bars + indent, Style.DIM, bars + indent);
        }
        shown = line.length() - rest.length();
    }

    /** How many marks of a rule, such as {@code ---}, the line consists of; 0 when there is anything else. */
    private static int marks(String text) {
        int n = 0;
        char mark = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == ' ') {
                continue;
            }
            if (mark == 0 && "-*_".indexOf(c) >= 0) {
                mark = c;
            }
            if (c != mark) {
                return 0;
            }
            n++;
        }
        return n;
    }

    private void openFence(int indent, String marks, String language) {
        begin("┌" + (language.isEmpty() ? "" : " " + language), Style.DIM, "");
        fence = marks;
        fenceIndent = indent;
        mode = Mode.CODE;
        shown = line.length();
    }

    private void closeFence() {
        begin("└", Style.DIM, "");
        fence = "";
        mode = Mode.TEXT;
        shown = line.length();
    }

    private void code(boolean complete) {
        if (shown == 0) {
            String text = line.toString().strip();
            boolean closing = text.chars().allMatch(c -> c == fence.charAt(0));
            if (complete && closing && text.length() >= fence.length()) {
                closeFence();
                return;
            }
            if (!complete && closing) {
                return; // blank so far, or perhaps the end
            }
            begin(GUTTER, Style.DIM, GUTTER);
            while (shown < Math.min(fenceIndent, line.length()) && line.charAt(shown) == ' ') {
                shown++;
            }
        }
        // Hard wrapping: blanks matter, so every character is a word of its own.
        for (int end; shown < line.length(); shown = end) {
            end = line.offsetByCodePoints(shown, 1);
            if (line.charAt(shown) == '\t' || line.charAt(shown) == ' ') {
                wrap.blank(line.charAt(shown) == ' ' ? 1 : 4);
            } else {
                wrap.add(line.substring(shown, end), Style.PLAIN);
                wrap.flush();
            }
        }
    }

    private void think(boolean complete) {
        int end = line.indexOf(THOUGHT, shown);
        int until = end >= 0 ? end : complete ? line.length() : line.length() - partOf(THOUGHT);
        if (until > shown) {
            String text = line.substring(shown, until);
            if (shown == 0 && text.isBlank() && end < 0) {
                return;
            }
            if (shown == 0 && !text.isBlank()) {
                begin("", Style.DIM, "");
            }
            wrap.add(text, Style.DIM);
            shown = until;
        }
        if (end >= 0) {
            wrap.flush();
            newlines = Math.max(newlines, 2);
            line.delete(0, end + THOUGHT.length());
            shown = 0;
            mode = Mode.START;
        }
    }

    /** How many characters at the end of the line may be the beginning of {@code mark}. */
    private int partOf(String mark) {
        for (int n = Math.min(mark.length() - 1, line.length() - shown); n > 0; n--) {
            if (mark.startsWith(line.substring(line.length() - n))) {
                return n;
            }
        }
        return 0;
    }

    private void showTable() {
        if (table.isEmpty()) {
            return;
        }
        List<String> rows = List.copyOf(table);
        table.clear();
        begin("", Style.PLAIN, "");
        StringBuilder text = new StringBuilder();
        if (!Table.is(rows) || !Table.show(rows, columns.getAsInt(), text::append)) {
            text.setLength(0);
            rows.forEach(r -> text.append(r).append('\n'));
        }
        out.accept(text.substring(0, text.length() - 1));
        newlines = 1;
    }
}
