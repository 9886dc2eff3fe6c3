package io.jandaia.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What all rounds measured of one file. */
final class Findings {

    private final Map<Program, Map<Row, List<Double>>> speeds = new LinkedHashMap<>();
    private final Map<Row, List<Double>> limits = new LinkedHashMap<>();
    private final Map<Program, List<Double>> seconds = new LinkedHashMap<>();
    private final Map<Program, Long> memory = new LinkedHashMap<>();

    void add(Program program, Speeds found, long peakBytes) {
        Map<Row, List<Double>> rows = speeds.computeIfAbsent(program, p -> new LinkedHashMap<>());
        found.tokens()
                .forEach((row, s) ->
                        rows.computeIfAbsent(row, r -> new ArrayList<>()).add(s));
        found.limits()
                .forEach((row, s) ->
                        limits.computeIfAbsent(row, r -> new ArrayList<>()).add(s));
        memory.merge(program, peakBytes, Math::max);
    }

    void addStart(Program program, double s) {
        seconds.computeIfAbsent(program, p -> new ArrayList<>()).add(s);
    }

    /** The settings of a program that are the fastest in at least one row. */
    Set<Program> winners(String name) {
        Set<Program> winners = new LinkedHashSet<>();
        for (Row row : rows()) {
            best(name, row).ifPresent(winners::add);
        }
        return winners;
    }

    private List<Row> rows() {
        return speeds.values().stream()
                .flatMap(m -> m.keySet().stream())
                .distinct()
                .toList();
    }

    private Optional<Program> best(String name, Row row) {
        return speeds.keySet().stream()
                .filter(p -> p.name().equals(name) && of(p, row) != null)
                .max(Comparator.comparingDouble(p -> median(of(p, row))));
    }

    private @Nullable List<Double> of(Program p, Row row) {
        return speeds.getOrDefault(p, Map.of()).get(row);
    }

    /** Markdown lines; medians, with the best in brackets. */
    List<String> table(List<String> names, Program.Sizes sizes) {
        List<String> lines = new ArrayList<>();
        StringBuilder head = new StringBuilder("| tokens/s: median (best) |");
        StringBuilder rule = new StringBuilder("|---|");
        for (String name : names) {
            head.append(' ').append(name).append(" | of the limit |");
            rule.append("---|---|");
            if (!name.equals(Program.JANDAIA)) {
                head.append(" ratio |");
                rule.append("---|");
            }
        }
        lines.add(head.toString());
        lines.add(rule.toString());
        rows().stream()
                .filter(sizes::shows)
                .sorted(Comparator.comparing((Row r) -> !r.prefill())
                        .thenComparingInt(Row::tokens)
                        .thenComparingInt(Row::batch)
                        .thenComparingInt(Row::depth))
                .forEach(row -> lines.add(row(row, names)));
        lines.add(line("peak memory, MB", names, p -> memory.getOrDefault(p, 0L) / 1e6, 0));
        if (!seconds.isEmpty()) {
            lines.add(line("start to end with one token, s", names, p -> median(seconds.get(p)), 2));
        }
        return lines;
    }

    private String row(Row row, List<String> names) {
        StringBuilder out = new StringBuilder("| " + row.text() + " |");
        double ours = best(Program.JANDAIA, row).map(p -> median(of(p, row))).orElse(Double.NaN);
        for (String name : names) {
            boolean peer = !name.equals(Program.JANDAIA);
            Optional<Program> best = best(name, row);
            if (best.isEmpty()) {
                out.append(peer ? " | | |" : " | |");
                continue;
            }
            List<Double> all = Objects.requireNonNull(of(best.get(), row));
            double median = median(all);
            out.append(String.format(
                    Locale.ROOT,
                    " %.1f (%.1f) |",
                    median,
                    all.stream().max(Double::compare).orElseThrow()));
            List<Double> limit = limits.get(row);
            out.append(limit == null ? " |" : String.format(Locale.ROOT, " %.0f %% |", 100 * median / median(limit)));
            out.append(peer ? String.format(Locale.ROOT, " %.2f |", ours / median) : "");
        }
        return out.toString();
    }

    /** A row of something that is better when it is less, of each program's most frugal settings. */
    private String line(String what, List<String> names, Function<Program, Double> value, int digits) {
        StringBuilder out = new StringBuilder("| " + what + " |");
        for (String name : names) {
            double least = speeds.keySet().stream()
                    .filter(p -> p.name().equals(name))
                    .mapToDouble(value::apply)
                    .filter(v -> v > 0)
                    .min()
                    .orElse(Double.NaN);
            out.append(Double.isNaN(least) ? " " : String.format(Locale.ROOT, " %." + digits + "f", least));
            out.append(name.equals(Program.JANDAIA) ? " | |" : " | | |");
        }
        return out.toString();
    }

    /** Which settings were the fastest where, a line each. */
    List<String> settings(List<String> names, Program.Sizes sizes) {
        Map<String, List<String>> lines = new LinkedHashMap<>();
        for (String name : names) {
            for (Row row : rows().stream().filter(sizes::shows).toList()) {
                best(name, row)
                        .filter(p -> !p.settings().isEmpty())
                        .ifPresent(p -> lines.computeIfAbsent(p.label(), l -> new ArrayList<>())
                                .add(row.text()));
            }
        }
        return lines.entrySet().stream()
                .map(e -> "`" + e.getKey() + "`: " + String.join("; ", e.getValue()))
                .toList();
    }

    /** The middle one, or the mean of the two in the middle; not a number for none. */
    static double median(@Nullable List<Double> values) {
        if (values == null || values.isEmpty()) {
            return Double.NaN;
        }
        double[] v = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return (v[(v.length - 1) / 2] + v[v.length / 2]) / 2;
    }
}
