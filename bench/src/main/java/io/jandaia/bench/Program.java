package io.jandaia.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A program that is compared, with one choice of its settings.
 *
 * @param name the column
 * @param home Jandaia's launcher, or a peer's folder of binaries
 * @param settings further arguments of a peer's benchmark
 */
record Program(String name, Path home, List<String> settings) {

    static final String JANDAIA = "Jandaia";

    /** What is measured by one process, short enough for the programs to take turns often. */
    enum Part {
        BATCHES,
        PROMPTS,
        LONG
    }

    /** The command that measures a part; empty when there is nothing in it. */
    List<String> command(Part part, Sizes sizes, String file, int threads) {
        boolean ours = name.equals(JANDAIA);
        List<Integer> prompts = part == Part.BATCHES ? List.of() : sizes.prompts(part == Part.LONG);
        List<Integer> depths = part == Part.BATCHES ? List.of(0) : sizes.depths(part == Part.LONG);
        List<Integer> batches = part == Part.BATCHES ? sizes.batches() : List.of(1);
        if (prompts.isEmpty() && depths.isEmpty()) {
            return List.of();
        }
        List<String> c = new ArrayList<>();
        if (ours) {
            c.addAll(List.of(home.toString(), "bench", file, "--json", "-r", "1", "--threads", "" + threads));
            c.addAll(List.of("-p", prompts.isEmpty() ? "0" : join(prompts), "-b", join(batches)));
            c.addAll(List.of("-n", depths.isEmpty() ? "0" : "" + sizes.generate()));
            c.addAll(List.of("-d", depths.isEmpty() ? "0" : join(depths)));
            return c;
        }
        List<Integer> both = IntStream.concat(
                        prompts.stream().mapToInt(i -> i), depths.stream().mapToInt(i -> Math.max(1, i)))
                .distinct()
                .sorted()
                .boxed()
                .toList();
        int longest = both.getLast();
        int context = Math.max(256, (longest + sizes.generate()) * batches.getLast());
        c.addAll(List.of(home.resolve("llama-batched-bench").toString(), "-m", file, "-t", "" + threads));
        c.addAll(List.of("-c", "" + context, "-npp", join(both), "-ntg", "" + sizes.generate()));
        c.addAll(List.of("-npl", join(batches)));
        c.addAll(settings);
        return c;
    }

    /** The command that writes one token; empty when the program for it was not built. */
    List<String> firstToken(String file, int threads) {
        String prompt = "Once upon a time there was a";
        if (name.equals(JANDAIA)) {
            return List.of(
                    home.toString(), "run", file, "--raw", prompt, "--max-tokens", "1", "--threads", "" + threads);
        }
        Path cli = home.resolve("llama-cli");
        if (!Files.isExecutable(cli)) {
            return List.of();
        }
        List<String> c = new ArrayList<>(List.of(cli.toString(), "-m", file, "-t", "" + threads, "-c", "512"));
        c.addAll(List.of("-n", "1", "-p", prompt));
        if (name.equals("llama.cpp")) {
            c.add("-no-cnv"); // else it waits for a conversation
        }
        c.addAll(settings);
        return c;
    }

    Speeds speeds(Child child) {
        return name.equals(JANDAIA) ? Speeds.ofJandaia(child.out()) : Speeds.ofBatchedBench(child.all());
    }

    String label() {
        return settings.isEmpty() ? name : name + " " + String.join(" ", settings);
    }

    private static String join(List<Integer> numbers) {
        return numbers.stream().map(n -> String.format(Locale.ROOT, "%d", n)).collect(Collectors.joining(","));
    }

    /** All sizes of the table, each list ascending. Prompts and depths over 600 tokens are long. */
    record Sizes(List<Integer> allPrompts, List<Integer> allDepths, List<Integer> batches, int generate) {

        private static final int LONG = 600;

        List<Integer> prompts(boolean lengthy) {
            return allPrompts.stream().filter(n -> n > LONG == lengthy).toList();
        }

        /** But for the empty context, which is measured with the batches. */
        List<Integer> depths(boolean lengthy) {
            return allDepths.stream().filter(n -> n > 0 && n > LONG == lengthy).toList();
        }

        /** Whether the table has a row; programs measure a few more on the way. */
        boolean shows(Row row) {
            return row.prefill()
                    ? allPrompts.contains(row.tokens())
                    : row.batch() > 1 || allDepths.contains(row.depth()) || row.depth() == 0;
        }
    }
}
