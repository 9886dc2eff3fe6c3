package io.jandaia.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs {@code jandaia bench} and llama.cpp's {@code llama-bench} in turn on the same files and prints one Markdown row a
 * file. The machine may be noisy, so the two alternate and medians over rounds are compared.
 *
 * <p>Usage: {@code Compare JANDAIA LLAMA_BENCH ROUNDS MODEL.gguf...}
 */
public final class Compare {

    private static final int PROMPT = 128;
    private static final int NEW = 32;

    private Compare() {}

    public static void main(String[] args) throws Exception {
        if (args.length < 4) {
            System.err.println("usage: Compare JANDAIA LLAMA_BENCH ROUNDS MODEL.gguf...");
            System.exit(2);
        }
        String threads = Integer.toString(Runtime.getRuntime().availableProcessors());
        int rounds = Integer.parseInt(args[2]);
        System.out.println("| file | prefill " + PROMPT + ", tokens/s | llama.cpp | ratio | decode " + NEW
                + ", tokens/s | llama.cpp | ratio | weights read, GB/s |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        for (String model : Arrays.asList(args).subList(3, args.length)) {
            List<double[]> ours = new ArrayList<>();
            List<double[]> peer = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                JsonNode own = run(List.of(
                        args[0],
                        "bench",
                        model,
                        "-p",
                        "" + PROMPT,
                        "-n",
                        "" + NEW,
                        "-r",
                        "3",
                        "--json",
                        "--threads",
                        threads));
                ours.add(new double[] {
                    own.at("/prefill/median").asDouble(),
                    own.at("/decode/median").asDouble(),
                    own.at("/decode/bytes_per_s").asDouble()
                });
                JsonNode other = run(List.of(
                        args[1],
                        "-m",
                        model,
                        "-p",
                        "" + PROMPT,
                        "-n",
                        "" + NEW,
                        "-t",
                        threads,
                        "-r",
                        "3",
                        "-o",
                        "json"));
                peer.add(new double[] {
                    other.get(0).get("avg_ts").asDouble(),
                    other.get(1).get("avg_ts").asDouble()
                });
            }
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.1f | %.1f | %.2f | %.1f | %.1f | %.2f | %.1f |%n",
                    Path.of(model).getFileName(),
                    median(ours, 0),
                    median(peer, 0),
                    median(ours, 0) / median(peer, 0),
                    median(ours, 1),
                    median(peer, 1),
                    median(ours, 1) / median(peer, 1),
                    median(ours, 2) / 1e9);
        }
    }

    private static double median(List<double[]> values, int column) {
        double[] v = values.stream().mapToDouble(x -> x[column]).sorted().toArray();
        return v[v.length / 2];
    }

    private static JsonNode run(List<String> command) throws IOException, InterruptedException {
        Process p = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (p.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " ended with exit code " + p.exitValue());
        }
        return JsonMapper.shared().readTree(out);
    }
}
