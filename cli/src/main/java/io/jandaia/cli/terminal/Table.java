package io.jandaia.cli.terminal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** A table of Markdown. Its columns are as wide as their widest cell, or what the terminal leaves them. */
final class Table {

    private static final Pattern RULE = Pattern.compile(":?-+:?");
    private static final Pattern CODES = Pattern.compile("\033\\[[0-9;]*m");
    private static final int NARROWEST = 3;
    private static final String GAP = " │ ";

    private Table() {}

    /** Whether the lines are a head, a rule and rows. */
    static boolean is(List<String> lines) {
        return lines.size() > 1
                && cells(lines.get(1)).stream().allMatch(c -> RULE.matcher(c).matches())
                && !cells(lines.get(1)).isEmpty()
                && cells(lines.get(0)).size() == cells(lines.get(1)).size();
    }

    /** Shows the table, which must be one; false, with nothing shown, when it does not fit. */
    static boolean show(List<String> lines, int columns, Consumer<String> out) {
        List<String> rule = cells(lines.get(1));
        int n = rule.size();
        int available = (columns > 0 ? columns : Integer.MAX_VALUE) - (n - 1) * GAP.length();
        if (available / n < NARROWEST) {
            return false;
        }
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (i != 1) {
                rows.add(cells(lines.get(i)));
            }
        }
        int[] widths = widths(rows, n, available);
        for (int r = 0; r < rows.size(); r++) {
            showRow(rows.get(r), widths, rule, r == 0 ? Style.BOLD : Style.PLAIN, out);
            if (r == 0) {
                String line = String.join(
                        "─┼─", Arrays.stream(widths).mapToObj("─"::repeat).toList());
                out.accept(Style.on(line, Style.DIM) + "\n");
            }
        }
        return true;
    }

    private static int[] widths(List<List<String>> rows, int n, int available) {
        int[] widths = new int[n];
        Arrays.fill(widths, 1);
        for (List<String> row : rows) {
            for (int c = 0; c < Math.min(n, row.size()); c++) {
                String whole = lines(row.get(c), Integer.MAX_VALUE, Style.PLAIN).getFirst();
                widths[c] = Math.max(widths[c], width(whole));
            }
        }
        long sum = Arrays.stream(widths).asLongStream().sum();
        while (sum > available) {
            int widest = 0;
            int second = NARROWEST;
            for (int c = 1; c < n; c++) {
                widest = widths[c] > widths[widest] ? c : widest;
            }
            for (int c = 0; c < n; c++) {
                second = c == widest ? second : Math.max(second, widths[c]);
            }
            long cut = Math.min(sum - available, Math.max(1, widths[widest] - second));
            widths[widest] -= (int) cut;
            sum -= cut;
        }
        return widths;
    }

    private static void showRow(List<String> row, int[] widths, List<String> rule, int style, Consumer<String> out) {
        List<List<String>> cells = new ArrayList<>();
        int height = 1;
        for (int c = 0; c < widths.length; c++) {
            List<String> lines = lines(c < row.size() ? row.get(c) : "", widths[c], style);
            cells.add(lines);
            height = Math.max(height, lines.size());
        }
        for (int line = 0; line < height; line++) {
            StringBuilder text = new StringBuilder();
            for (int c = 0; c < widths.length; c++) {
                String cell =
                        line < cells.get(c).size() ? cells.get(c).get(line).strip() : "";
                int room = Math.max(0, widths[c] - width(cell));
                int left = !rule.get(c).endsWith(":") ? 0 : rule.get(c).startsWith(":") ? room / 2 : room;
                text.append(c == 0 ? "" : Style.on(GAP, Style.DIM));
                text.append(" ".repeat(left)).append(cell);
                text.append(c + 1 < widths.length ? " ".repeat(room - left) : "");
            }
            out.accept(text.toString().stripTrailing() + "\n");
        }
    }

    /** A cell as the lines that it takes in {@code width} columns. */
    private static List<String> lines(String cell, int width, int style) {
        StringBuilder text = new StringBuilder();
        Wrap wrap = new Wrap(text::append, () -> width);
        new Spans(wrap::add).show(cell, 0, true, style);
        wrap.flush();
        return List.of(text.toString().split("\n", -1));
    }

    private static int width(String styled) {
        return Columns.of(CODES.matcher(styled).replaceAll(""));
    }

    private static List<String> cells(String line) {
        String row = line.strip();
        row = row.startsWith("|") ? row.substring(1) : row;
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean code = false;
        for (int i = 0; i < row.length(); i++) {
            char c = row.charAt(i);
            if (c == '\\' && i + 1 < row.length() && row.charAt(i + 1) == '|') {
                cell.append('|');
                i++;
            } else if (c == '|' && !code) {
                cells.add(cell.toString().strip());
                cell.setLength(0);
            } else {
                code ^= c == '`';
                cell.append(c);
            }
        }
        if (!cell.toString().isBlank()) {
            cells.add(cell.toString().strip());
        }
        return cells;
    }
}
