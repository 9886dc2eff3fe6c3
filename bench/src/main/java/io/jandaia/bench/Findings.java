package io.jandaia.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What all rounds measured of one file. */
final class Findings {

    private final Map<Program, Map<Row, List<Double>>> speeds = new LinkedHashMap<>();
    private final Map<Row, List<Double>> limits = new LinkedHashMap<>();
    private final Map<String, List<Double>> machine = new LinkedHashMap<>();
    private final Map<Program, List<Double>> starts = new LinkedHashMap<>();
    private final Map<Program, Double> memory = new LinkedHashMap<>();
    private final Set<String> failures = new LinkedHashSet<>();

    void add(Program program, Part part, Measured m) {
        Map<Row, List<Double>> rows = speeds.computeIfAbsent(program, p -> new LinkedHashMap<>());
        m.speeds().tokens().forEach((row, s) -> add(rows, row, s));
        m.speeds().limits().forEach((row, s) -> add(limits, row, s));
        m.speeds().machine().forEach((what, s) -> add(machine, what, s));
        if (part == Part.START) {
            add(starts, program, m.seconds());
        } else if (part != Part.SPECULATION) {
            memory.merge(program, (double) m.peakBytes(), Math::max);
        }
    }

    private static <K> void add(Map<K, List<Double>> map, K key, double value) {
        map.computeIfAbsent(key, k -> new ArrayList<>()).add(value);
    }

    void addFailure(String sentence) {
        failures.add(sentence);
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    /** The settings of a program that are the fastest in at least one row that a part measures. */
    Set<Program> winners(String name, Part part) {
        Set<Program> winners = new LinkedHashSet<>();
        rows().stream().filter(part::measures).forEach(row -> best(name, row).ifPresent(winners::add));
        return winners;
    }

    /** Prompts first, each kind from small to large. */
    List<Row> rows() {
        return speeds.values().stream()
                .flatMap(m -> m.keySet().stream())
                .distinct()
                .sorted(Comparator.comparing(Row::kind)
                        .thenComparingInt(Row::tokens)
                        .thenComparingInt(Row::batch)
                        .thenComparingInt(Row::depth))
                .toList();
    }

    /** A program with the settings that are the fastest in a row. */
    Optional<Program> best(String name, Row row) {
        return speeds.keySet().stream()
                .filter(p -> p.name().equals(name) && !all(p, row).isEmpty())
                .max(Comparator.comparingDouble(p -> median(all(p, row))));
    }

    /** Tokens per second, a number a round. */
    List<Double> all(Program p, Row row) {
        return speeds.getOrDefault(p, Map.of()).getOrDefault(row, List.of());
    }

    /** The median at the fastest settings; not a number where nothing was measured. */
    double speed(String name, Row row) {
        return best(name, row).map(p -> median(all(p, row))).orElse(Double.NaN);
    }

    /** Tokens per second that the machine allows; not a number where Jandaia was not measured. */
    double limit(Row row) {
        return median(limits.get(row));
    }

    /** What the machine can do, in the order in which it was told. */
    Map<String, Double> machine() {
        Map<String, Double> medians = new LinkedHashMap<>();
        machine.forEach((what, values) -> medians.put(what, median(values)));
        return medians;
    }

    /** Bytes at the most frugal settings. */
    OptionalDouble memory(String name) {
        return least(memory.keySet(), name, p -> memory.getOrDefault(p, 0.0));
    }

    /** Seconds from the start of a process that generates one token to its end. */
    OptionalDouble start(String name) {
        return least(starts.keySet(), name, p -> median(starts.get(p)));
    }

    private static OptionalDouble least(Set<Program> programs, String name, ToDoubleFunction<Program> value) {
        return programs.stream()
                .filter(p -> p.name().equals(name))
                .mapToDouble(value)
                .filter(v -> v > 0)
                .min();
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
