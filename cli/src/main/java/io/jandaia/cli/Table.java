package io.jandaia.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Columns as wide as what is in them. */
final class Table {

    private final List<String[]> rows = new ArrayList<>();

    Table(String... head) {
        rows.add(head);
    }

    void row(String... cells) {
        rows.add(cells);
    }

    void print(PrintStream out) {
        int columns = rows.getFirst().length;
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int c = 0; c < columns; c++) {
                int column = c;
                int width =
                        rows.stream().mapToInt(r -> r[column].length()).max().orElse(0);
                line.append(row[c]).append(" ".repeat(width - row[c].length() + 2));
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
