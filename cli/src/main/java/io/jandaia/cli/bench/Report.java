package io.jandaia.cli.bench;

import io.jandaia.cli.language.Texts;
import io.jandaia.tensor.kernel.InstructionPeak;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a benchmark found, as a table for people and as JSON for programs.
 *
 * @param name of the model, as it was given
 * @param rounds asked for
 * @param complete whether all of them were run
 */
public record Report(String name, int rounds, boolean complete, Benchmark benchmark) {

    /** One object; speeds in tokens per second, all else in seconds, bytes and operations. */
    public String json() {
        ObjectNode o = JsonMapper.shared().createObjectNode();
        o.put("model", name)
                .put("numerics", numerics())
                .put("keys_and_values", keysAndValues())
                .put("kernels", benchmark.model().kernels())
                .put("threads", benchmark.model().threads())
                .put("rounds", rounds)
                .put("complete", complete)
                .put("load_s", benchmark.loadSeconds());
        OptionalLong peak = benchmark.peakMemory();
        if (peak.isPresent()) {
            o.put("peak_bytes", peak.getAsLong());
        } else {
            o.putNull("peak_bytes");
        }
        ObjectNode limits =
                o.putObject("limits").put("bytes_per_s", benchmark.limits().bytes());
        ObjectNode operations = limits.putObject("operations_per_s");
        benchmark.limits().operations().forEach((kind, value) -> operations.put(name(kind), value));
        ArrayNode rows = o.putArray("results");
        for (Result r : benchmark.results()) {
            Workload w = r.workload();
            rows.addObject()
                    .put("kind", w.kind().name().toLowerCase(Locale.ROOT))
                    .put("tokens", w.tokens())
                    .put("depth", w.depth())
                    .put("batch", w.batch())
                    .put("best", r.best())
                    .put("median", r.median())
                    .put("bytes_per_s", r.bytes())
                    .put("operations_per_s", r.operations())
                    .put("limit", r.limit())
                    .put("limited_by", r.byMemory() ? "memory" : "arithmetic")
                    .put("share_of_limit", r.share());
        }
        return o.toString();
    }

    /** Lines. */
    public List<String> table(Texts texts) {
        List<String> lines = new ArrayList<>();
        lines.add(texts.get(
                "bench.effect",
                name,
                numerics(),
                keysAndValues(),
                benchmark.model().kernels(),
                benchmark.model().threads(),
                rounds));
        lines.add(texts.get("bench.limits", benchmark.limits().bytes() / 1e9));
        benchmark
                .limits()
                .operations()
                .forEach((kind, value) -> lines.add(texts.get("bench.limits." + name(kind), value / 1e9)));
        OptionalLong peak = benchmark.peakMemory();
        lines.add(texts.get(
                "bench.load",
                benchmark.loadSeconds(),
                peak.isPresent() ? String.format(Locale.ROOT, "%.0f MB", peak.getAsLong() / 1e6) : "?"));
        lines.add("");
        lines.add(texts.get("bench.head"));
        for (Result r : benchmark.results()) {
            Workload w = r.workload();
            String what = switch (w.kind()) {
                case PREFILL -> texts.get("bench.prefill", w.tokens());
                case DECODE ->
                    w.batch() == 1
                            ? texts.get("bench.decode", w.tokens(), w.depth())
                            : texts.get("bench.decode.batch", w.tokens(), w.depth(), w.batch());
            };
            lines.add(texts.get(
                    "bench.row",
                    what,
                    r.best(),
                    r.median(),
                    r.bytes() / 1e9,
                    r.operations() / 1e9,
                    100 * r.share(),
                    texts.get(r.byMemory() ? "bench.memory" : "bench.arithmetic")));
        }
        if (!complete) {
            lines.add(texts.get("bench.partial"));
        }
        return lines;
    }

    private static String name(InstructionPeak peak) {
        return peak.name().toLowerCase(Locale.ROOT);
    }

    private String keysAndValues() {
        return benchmark.model().keysAndValues().name().toLowerCase(Locale.ROOT);
    }

    private String numerics() {
        return benchmark.model().numerics().name().toLowerCase(Locale.ROOT);
    }
}
