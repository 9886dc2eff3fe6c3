package io.jandaia.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command line of {@link Comparison}. */
@Command(
        name = "bench/run peers",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Whole models with Jandaia, llama.cpp and ik_llama.cpp in turn; prints a Markdown table a file.",
            "What was measured is kept in a file: the same command again goes on where it was stopped, or only prints."
        })
final class Peers implements Callable<Integer> {

    @Option(names = "--jandaia", hidden = true, required = true)
    Path jandaia = Path.of("");

    @Option(names = "--revision", hidden = true)
    String revision = "unknown";

    @Option(
            names = "--llama-cpp",
            paramLabel = "DIR",
            description = "Folder of llama.cpp's programs; default: $LLAMA_CPP.")
    @Nullable
    Path llama = folder("LLAMA_CPP");

    @Option(
            names = "--ik-llama-cpp",
            paramLabel = "DIR",
            description = "Folder of ik_llama.cpp's programs; default: $IK_LLAMA_CPP.")
    @Nullable
    Path ik = folder("IK_LLAMA_CPP");

    @Option(
            names = "--minutes",
            paramLabel = "N",
            description = "Begin nothing that would not be over after so long; default: no end.")
    double minutes = Double.POSITIVE_INFINITY;

    @Option(
            names = "--parts",
            split = ",",
            paramLabel = "PART",
            description = "What to measure, of ${COMPLETION-CANDIDATES}; default: all.")
    List<Part> parts = List.of(Part.values());

    @Option(names = "-r", paramLabel = "N", description = "Rounds; default: ${DEFAULT-VALUE}.")
    int rounds = 3;

    @Option(
            names = "--slow-rounds",
            paramLabel = "N",
            description = "Rounds of long, deep and speculation; default: ${DEFAULT-VALUE}.")
    int slowRounds = 1;

    @Option(names = "-t", paramLabel = "N", description = "Threads; default: one per core.")
    int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "-p",
            split = ",",
            paramLabel = "N",
            description = "Tokens of prompts; default: 128,512,2048. Over 600 they are long, over 2048 deep.")
    List<Integer> prompts = List.of(128, 512, 2048);

    @Option(
            names = "-d",
            split = ",",
            paramLabel = "N",
            description = "Positions before generating; default: 0,1024,4096. Long and deep as above.")
    List<Integer> depths = List.of(0, 1024, 4096);

    @Option(names = "-b", split = ",", paramLabel = "N", description = "Sequences at once; default: 1,4,16.")
    List<Integer> batches = List.of(1, 4, 16);

    @Option(names = "-n", paramLabel = "N", description = "Tokens to generate; default: ${DEFAULT-VALUE}.")
    int generate = 32;

    @Option(
            names = "--try-settings",
            description = "In the first round try all of the peers' settings; go on with those that won a row.")
    boolean trySettings;

    @Option(
            names = "--results",
            paramLabel = "FILE",
            description = "Where results are kept, as JSON lines; default: ${DEFAULT-VALUE}.")
    Path results = Path.of("target", "peers.jsonl");

    @Parameters(arity = "1..*", paramLabel = "MODEL.gguf")
    List<Path> files = List.of();

    public static void main(String[] args) {
        CommandLine line = new CommandLine(new Peers());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((e, l, parsed) -> {
            if (!(e instanceof IOException)) {
                throw e;
            }
            System.err.println(e.getMessage());
            return 1;
        });
        System.exit(line.execute(args));
    }

    private static @Nullable Path folder(String variable) {
        String value = System.getenv(variable);
        return value == null || value.isEmpty() ? null : Path.of(value);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        for (Path file : files) {
            if (!Files.isRegularFile(file)) {
                throw new IOException("There is no file " + file + ".");
            }
        }
        Sizes sizes = new Sizes(prompts, depths, batches, generate);
        List<Contestant> contestants = contestants();
        String about = Machine.text() + ", " + threads + " threads, Jandaia " + revision
                + contestants.stream()
                        .map(c -> c.version().isEmpty() ? "" : ", " + c.name() + " " + c.version())
                        .collect(Collectors.joining());
        Comparison comparison = new Comparison(contestants, sizes, threads, Journal.open(results, about));
        List<String> paths =
                files.stream().map(f -> f.toAbsolutePath().toString()).toList();
        List<Part> ordered =
                Arrays.stream(Part.values()).filter(parts::contains).toList();
        // Also what there is when the process is told to end before.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> print(about, comparison, paths)));
        comparison.run(Turn.all(ordered, paths, rounds, slowRounds), minutes * 60);
        return 0;
    }

    private List<Contestant> contestants() throws IOException, InterruptedException {
        List<Contestant> all = new ArrayList<>();
        all.add(new Contestant(List.of(new Program(Program.JANDAIA, jandaia, List.of())), ""));
        peer(all, "llama.cpp", llama, "LLAMA_CPP", List.of(List.of("-fa"), List.of()));
        peer(
                all,
                "ik_llama.cpp",
                ik,
                "IK_LLAMA_CPP",
                List.of(List.of("-rtr", "-fa", "on"), List.of("-fa", "on"), List.of("-rtr", "-fa", "off")));
        return all;
    }

    /** The first settings are those that were the fastest in most rows. */
    private void peer(
            List<Contestant> all, String name, @Nullable Path home, String variable, List<List<String>> settings)
            throws IOException, InterruptedException {
        if (home == null || !Files.isExecutable(home.resolve("llama-batched-bench"))) {
            System.err.println(name + " is left out: there is no llama-batched-bench in " + home + "; set " + variable
                    + " to the folder of its programs.");
            return;
        }
        Path absolute = Objects.requireNonNull(home).toAbsolutePath();
        List<Program> programs = settings.stream()
                .limit(trySettings ? settings.size() : 1)
                .map(s -> new Program(name, absolute, s))
                .toList();
        all.add(new Contestant(programs, Contestant.version(absolute)));
    }

    private static void print(String about, Comparison comparison, List<String> files) {
        System.out.println(Machine.today() + ", " + about + ".");
        comparison.notes().forEach(System.out::println);
        for (String file : files) {
            System.out.println();
            System.out.println("### " + Path.of(file).getFileName());
            System.out.println();
            comparison.table(file).forEach(System.out::println);
        }
        System.out.flush();
    }
}
