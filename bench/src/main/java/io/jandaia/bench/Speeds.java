package io.jandaia.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What one run of a program measured.
 *
 * @param tokens per second
 * @param limits tokens per second that the machine allows; empty where the program does not say
 * @param machine bytes or operations per second, by name; empty where the program does not say
 */
record Speeds(Map<Row, Double> tokens, Map<Row, Double> limits, Map<String, Double> machine) {

    static final Speeds NONE = new Speeds(Map.of(), Map.of(), Map.of());

    /** Bytes per second, in {@link #machine}. */
    static final String MEMORY = "memory";

    /** The output of {@code jandaia bench --json}. */
    static Speeds ofJandaia(String json) {
        JsonNode found = JsonMapper.shared().readTree(json);
        Map<Row, Double> tokens = new LinkedHashMap<>();
        Map<Row, Double> limits = new LinkedHashMap<>();
        for (JsonNode r : found.get("results")) {
            Row row = r.get("kind").asString().equals("prefill")
                    ? Row.prefill(r.get("tokens").asInt())
                    : Row.decode(r.get("depth").asInt(), r.get("batch").asInt());
            tokens.put(row, r.get("median").asDouble());
            limits.put(row, r.get("limit").asDouble());
        }
        Map<String, Double> machine = new LinkedHashMap<>();
        machine.put(MEMORY, found.at("/limits/bytes_per_s").asDouble());
        found.at("/limits/operations_per_s")
                .propertyStream()
                .forEach(e -> machine.put(e.getKey(), e.getValue().asDouble()));
        return new Speeds(tokens, limits, machine);
    }

    /**
     * The table of {@code llama-batched-bench}, of which llama.cpp and ik_llama.cpp write the same: columns PP, TG, B, N_KV,
     * T_PP, S_PP, T_TG, S_TG, T, S. A prompt of one token is the beginning of an empty context; one token generated is no
     * measurement.
     */
    static Speeds ofBatchedBench(String text) throws ChildException {
        Map<Row, Double> tokens = new LinkedHashMap<>();
        for (String line : text.lines().map(String::strip).toList()) {
            if (!line.matches("\\|( *[0-9.]+ *\\|){10}")) {
                continue;
            }
            List<Double> cells = cells(line).stream().map(Double::valueOf).toList();
            int prompt = cells.get(0).intValue();
            int batch = cells.get(2).intValue();
            if (batch == 1 && prompt > 1) {
                tokens.put(Row.prefill(prompt), cells.get(5));
            }
            if (cells.get(1) > 1) {
                tokens.put(Row.decode(prompt == 1 ? 0 : prompt, batch), cells.get(7));
            }
        }
        return new Speeds(some(tokens, text), Map.of(), Map.of());
    }

    /** The table of {@link SpeculationBench}: draft, tokens per second, and columns that follow from these. */
    static Speeds ofSpeculation(String text) throws ChildException {
        Map<Row, Double> tokens = new LinkedHashMap<>();
        for (String line : text.lines()
                .filter(l -> l.matches("\\| (none|right at [0-9.]+) \\|.*"))
                .toList()) {
            List<String> cells = cells(line);
            String right = cells.getFirst().replace("right at ", "");
            int percent = right.equals("none") ? Row.NONE : (int) Math.round(100 * Double.parseDouble(right));
            tokens.put(Row.guesses(percent), Double.valueOf(cells.get(1)));
        }
        return new Speeds(some(tokens, text), Map.of(), Map.of());
    }

    private static List<String> cells(String line) {
        return List.of(line.substring(1).split("\\|")).stream()
                .map(String::strip)
                .toList();
    }

    private static Map<Row, Double> some(Map<Row, Double> tokens, String text) throws ChildException {
        if (tokens.isEmpty()) {
            throw new ChildException("There is no row of a table in the output of the benchmark: "
                    + text.substring(Math.max(0, text.length() - 500)));
        }
        return tokens;
    }
}
