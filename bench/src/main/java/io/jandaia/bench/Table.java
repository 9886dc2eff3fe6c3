package io.jandaia.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What was found of a file, in Markdown.
 *
 * @param names of the columns, Jandaia's first
 */
record Table(Findings found, List<String> names, Sizes sizes) {

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        StringBuilder head = new StringBuilder("| tokens/s: median (best) |");
        StringBuilder rule = new StringBuilder("|---|");
        for (String name : names) {
            head.append(' ').append(name).append(ours(name) ? " | of the limit |" : " | of the limit | ratio |");
            rule.append(ours(name) ? "---|---|" : "---|---|---|");
        }
        lines.add(head.toString());
        lines.add(rule.toString());
        List<Row> rows = rows();
        rows.forEach(row -> lines.add(speeds(row)));
        List<Row> prompts =
                rows.stream().filter(r -> r.kind() == Row.Kind.PREFILL).toList();
        if (prompts.size() > 1) {
            lines.add(kept(prompts.getFirst(), prompts.getLast()));
        }
        lines.add(line("peak memory, MB", found::memory, 1e-6, 0));
        lines.add(line("start to end with one token, s", found::start, 1, 2));
        lines.add("");
        notes().forEach(note -> lines.add("- " + note));
        return lines;
    }

    private List<Row> rows() {
        return found.rows().stream().filter(sizes::shows).toList();
    }

    private static boolean ours(String name) {
        return name.equals(Program.JANDAIA);
    }

    private String speeds(Row row) {
        StringBuilder out = new StringBuilder("| " + row.text() + " |");
        for (String name : names) {
            Optional<Program> best = found.best(name, row);
            if (best.isEmpty()) {
                out.append(ours(name) ? " | |" : " | | |");
                continue;
            }
            List<Double> all = found.all(best.get(), row);
            double median = Findings.median(all);
            double limit = found.limit(row);
            out.append(String.format(Locale.ROOT, " %.1f (%.1f) |", median, Collections.max(all)));
            out.append(Double.isNaN(limit) ? " |" : String.format(Locale.ROOT, " %.0f %% |", 100 * median / limit));
            out.append(ours(name) ? "" : ratio(found.speed(Program.JANDAIA, row) / median));
        }
        return out.toString();
    }

    /** How much of the speed with few tokens is left with many. */
    private String kept(Row few, Row many) {
        StringBuilder out = new StringBuilder("| " + many.text() + " of " + few.text() + " |");
        double own = found.speed(Program.JANDAIA, many) / found.speed(Program.JANDAIA, few);
        for (String name : names) {
            double kept = found.speed(name, many) / found.speed(name, few);
            out.append(Double.isNaN(kept) ? " | |" : String.format(Locale.ROOT, " %.1f %% | |", 100 * kept));
            out.append(ours(name) ? "" : ratio(own / kept));
        }
        return out.toString();
    }

    private static String ratio(double value) {
        return Double.isNaN(value) ? " |" : String.format(Locale.ROOT, " %.2f |", value);
    }

    private String line(String what, Function<String, OptionalDouble> value, double unit, int digits) {
        StringBuilder out = new StringBuilder("| " + what + " |");
        for (String name : names) {
            OptionalDouble v = value.apply(name);
            out.append(v.isEmpty() ? "" : String.format(Locale.ROOT, " %." + digits + "f", v.getAsDouble() * unit));
            out.append(ours(name) ? " | |" : " | | |");
        }
        return out.toString();
    }

    private List<String> notes() {
        List<String> notes = new ArrayList<>();
        Map<String, Double> machine = found.machine();
        if (!machine.isEmpty()) {
            notes.add("limits, medians of the same minutes: "
                    + machine.entrySet().stream()
                            .map(e -> limit(e.getKey(), e.getValue() / 1e9))
                            .collect(Collectors.joining(", ")));
        }
        double plain = found.speed(Program.JANDAIA, Row.guesses(Row.NONE));
        for (Row row : found.rows()) {
            if (row.kind() == Row.Kind.GUESSES && row.tokens() != Row.NONE) {
                double speed = found.speed(Program.JANDAIA, row);
                notes.add(String.format(
                        Locale.ROOT, "%s: %.1f tokens/s, %.2f of those without", row.text(), speed, speed / plain));
            }
        }
        notes.addAll(settings());
        found.failures().forEach(f -> notes.add("failed: " + f));
        return notes;
    }

    private static String limit(String what, double value) {
        return switch (what) {
            case Speeds.MEMORY -> String.format(Locale.ROOT, "memory %.1f GB/s", value);
            case "floats" -> String.format(Locale.ROOT, "float32 %.0f GFLOPS", value);
            case "pairs" -> String.format(Locale.ROOT, "BF16 in vectors %.0f GFLOPS", value);
            case "bytes" -> String.format(Locale.ROOT, "bytes in vectors (VNNI) %.0f GOPS", value);
            case "tile_pairs" -> String.format(Locale.ROOT, "BF16 in tiles (AMX) %.0f GFLOPS", value);
            case "tile_bytes" -> String.format(Locale.ROOT, "bytes in tiles (AMX) %.0f GOPS", value);
            default -> String.format(Locale.ROOT, "%s %.1f", what, value);
        };
    }

    /** Which of a peer's settings were the fastest where. */
    private List<String> settings() {
        Map<String, List<String>> lines = new LinkedHashMap<>();
        for (String name : names) {
            for (Row row : rows()) {
                found.best(name, row)
                        .filter(p -> !p.settings().isEmpty())
                        .ifPresent(p -> lines.computeIfAbsent(p.label(), l -> new ArrayList<>())
                                .add(row.text()));
            }
        }
        return lines.entrySet().stream()
                .map(e -> "`" + e.getKey() + "`: " + String.join("; ", e.getValue()))
                .toList();
    }
}
