package io.jandaia.bench;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A program that is compared, with one choice of its settings.
 *
 * @param name the column
 * @param home Jandaia's launcher, or a peer's folder of binaries
 * @param settings further arguments of a peer's benchmark
 */
record Program(String name, Path home, List<String> settings) {

    static final String JANDAIA = "Jandaia";

    private static final String PROMPT = "Once upon a time there was a";

    /** Of {@link SpeculationBench}: tokens, rounds. */
    private static final List<String> SPECULATION = List.of("48", "3");

    boolean ours() {
        return name.equals(JANDAIA);
    }

    /** The command that measures a part; empty when there is nothing in it or the program for it was not built. */
    List<String> command(Part part, Sizes sizes, String file, int threads) {
        return switch (part) {
            case START -> ours() ? ownStart(file, threads) : start(file, threads);
            case SPECULATION -> ours() ? speculation(file) : List.of();
            case BATCHES -> speeds(List.of(), List.of(0), sizes.batches(), sizes.generate(), file, threads);
            case PROMPTS, LONG, DEEP ->
                speeds(
                        part.lengths(sizes.prompts()),
                        part.lengths(sizes.depths()),
                        List.of(1),
                        sizes.generate(),
                        file,
                        threads);
        };
    }

    private List<String> speeds(
            List<Integer> prompts,
            List<Integer> depths,
            List<Integer> batches,
            int generate,
            String file,
            int threads) {
        if (prompts.isEmpty() && depths.isEmpty()) {
            return List.of();
        }
        return ours()
                ? ownSpeeds(prompts, depths, batches, generate, file, threads)
                : peerSpeeds(prompts, depths, batches, generate, file, threads);
    }

    private List<String> ownSpeeds(
            List<Integer> prompts,
            List<Integer> depths,
            List<Integer> batches,
            int generate,
            String file,
            int threads) {
        List<String> c = new ArrayList<>();
        c.addAll(List.of(home.toString(), "bench", file, "--json", "-r", "1", "--threads", "" + threads));
        c.addAll(List.of("-p", prompts.isEmpty() ? "0" : join(prompts), "-b", join(batches)));
        c.addAll(List.of("-n", depths.isEmpty() ? "0" : "" + generate));
        c.addAll(List.of("-d", depths.isEmpty() ? "0" : join(depths)));
        return c;
    }

    /** One run of {@code llama-batched-bench} reads each length and generates after it. */
    private List<String> peerSpeeds(
            List<Integer> prompts,
            List<Integer> depths,
            List<Integer> batches,
            int generate,
            String file,
            int threads) {
        List<Integer> lengths = Stream.concat(prompts.stream(), depths.stream().map(n -> Math.max(1, n)))
                .distinct()
                .sorted()
                .toList();
        int tokens = depths.isEmpty() ? 1 : generate; // none gives no row
        int context = Math.max(256, (lengths.getLast() + tokens) * batches.getLast());
        List<String> c = new ArrayList<>();
        c.addAll(List.of(home.resolve("llama-batched-bench").toString(), "-m", file, "-t", "" + threads));
        c.addAll(List.of("-c", "" + context, "-npp", join(lengths), "-ntg", "" + tokens, "-npl", join(batches)));
        c.addAll(settings);
        return c;
    }

    private List<String> ownStart(String file, int threads) {
        return List.of(home.toString(), "run", file, "--raw", PROMPT, "--max-tokens", "1", "--threads", "" + threads);
    }

    /** With the settings that start fastest: weights as they are in the file, no run before the first. */
    private List<String> start(String file, int threads) {
        Path cli = home.resolve("llama-cli");
        if (!Files.isExecutable(cli)) {
            return List.of();
        }
        List<String> c = new ArrayList<>(List.of(cli.toString(), "-m", file, "-t", "" + threads, "-c", "512"));
        c.addAll(List.of("-n", "1", "-p", PROMPT, "--no-warmup"));
        if (name.equals("llama.cpp")) {
            c.add("-no-cnv"); // else it waits for a conversation
        }
        return c;
    }

    /** In a JVM like this one. */
    private static List<String> speculation(String file) {
        List<String> c = new ArrayList<>();
        c.add(ProcessHandle.current().info().command().orElse("java"));
        c.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        c.addAll(List.of("-cp", System.getProperty("java.class.path"), SpeculationBench.class.getName(), file));
        c.addAll(SPECULATION);
        return c;
    }

    Speeds speeds(Part part, Child child) throws ChildException {
        return switch (part) {
            case START -> Speeds.NONE;
            case SPECULATION -> Speeds.ofSpeculation(child.out());
            case BATCHES, PROMPTS, LONG, DEEP ->
                ours() ? Speeds.ofJandaia(child.out()) : Speeds.ofBatchedBench(child.all());
        };
    }

    String label() {
        return settings.isEmpty() ? name : name + " " + String.join(" ", settings);
    }

    private static String join(List<Integer> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
