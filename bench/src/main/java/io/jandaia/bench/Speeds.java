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
 */
record Speeds(Map<Row, Double> tokens, Map<Row, Double> limits) {

    /**
     * The output of {@code jandaia bench --json}.
     */
    static Speeds ofJandaia(String json) {
        Map<Row, Double> tokens = new LinkedHashMap<>();
        Map<Row, Double> limits = new LinkedHashMap<>();
        for (JsonNode r : JsonMapper.shared().readTree(json).get("results")) {
            Row row = r.get("kind").asString().equals("prefill")
                    ? Row.prefill(r.get("tokens").asInt())
                    : Row.decode(r.get("depth").asInt(), r.get("batch").asInt());
            tokens.put(row, r.get("median").asDouble());
            limits.put(row, r.get("limit").asDouble());
        }
        return new Speeds(tokens, limits);
    }

    /**
     * The table of {@code llama-batched-bench}, of which llama.cpp and ik_llama.cpp write the same: columns PP, TG, B, N_KV,
     * T_PP, S_PP, T_TG, S_TG, T, S. A prompt of one token is the beginning of an empty context.
     */
    static Speeds ofBatchedBench(String text) {
        Map<Row, Double> tokens = new LinkedHashMap<>();
        for (String line : text.lines().map(String::strip).toList()) {
            if (!line.matches("\\|( *[0-9.]+ *\\|){10}")) {
                continue;
            }
            List<Double> cells = List.of(line.substring(1).split("\\|")).stream()
                    .map(c -> Double.valueOf(c.strip()))
                    .toList();
            int prompt = cells.get(0).intValue();
            int batch = cells.get(2).intValue();
            if (batch == 1 && prompt > 1) {
                tokens.put(Row.prefill(prompt), cells.get(5));
            }
            tokens.put(Row.decode(prompt == 1 ? 0 : prompt, batch), cells.get(7));
        }
        if (tokens.isEmpty()) {
            throw new IllegalArgumentException("There is no row of a table in the output of llama-batched-bench: "
                    + text.substring(Math.max(0, text.length() - 500)));
        }
        return new Speeds(tokens, Map.of());
    }
}
