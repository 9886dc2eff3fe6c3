package io.jandaia.bench;

import io.jandaia.tensor.kernel.Cpu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Runs Jandaia, llama.cpp and ik_llama.cpp in turn on the same files and prints a Markdown table a file. The machine may be
 * noisy, so programs alternate, who begins changes, and medians over rounds are compared.
 */
@Command(
        name = "bench/run peers",
        mixinStandardHelpOptions = true,
        description = "Whole models beside llama.cpp and ik_llama.cpp, in turn; prints a Markdown table a file.")
final class Peers implements Callable<Integer> {

    @Option(names = "--jandaia", hidden = true, required = true)
    Path jandaia = Path.of("");

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

    @Option(names = "-r", paramLabel = "N", description = "Rounds; default: ${DEFAULT-VALUE}.")
    int rounds = 3;

    @Option(
            names = "--long-rounds",
            paramLabel = "N",
            description = "Rounds of what needs more than 600 positions; default: ${DEFAULT-VALUE}.")
    int longRounds = 2;

    @Option(names = "-t", paramLabel = "N", description = "Threads; default: one per core.")
    int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "-p", split = ",", description = "Tokens of prompts; default: ${DEFAULT-VALUE}.")
    List<Integer> prompts = List.of(128, 512, 2048);

    @Option(names = "-d", split = ",", description = "Positions before generating; default: ${DEFAULT-VALUE}.")
    List<Integer> depths = List.of(0, 1024, 4096);

    @Option(names = "-b", split = ",", description = "Sequences at once; default: ${DEFAULT-VALUE}.")
    List<Integer> batches = List.of(1, 4, 16);

    @Option(names = "-n", description = "Tokens to generate; default: ${DEFAULT-VALUE}.")
    int generate = 32;

    @Option(
            names = "--try-settings",
            description = "In the first round try each of the peers' settings; go on with those that won a row.")
    boolean trySettings;

    @Parameters(arity = "1..*", paramLabel = "MODEL.gguf")
    List<String> files = List.of();

    /** Where the programs run and may leave logs. */
    private Path folder = Path.of("");

    public static void main(String[] args) {
        System.exit(new CommandLine(new Peers()).execute(args));
    }

    private static @Nullable Path folder(String variable) {
        String value = System.getenv(variable);
        return value == null || value.isEmpty() ? null : Path.of(value);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        folder = Files.createTempDirectory("jandaia-peers");
        List<List<Program>> columns = columns();
        Program.Sizes sizes = new Program.Sizes(sorted(prompts), sorted(depths), sorted(batches), generate);
        List<String> names = columns.stream().map(c -> c.getFirst().name()).toList();
        Map<String, Findings> found = new LinkedHashMap<>();
        files.forEach(f -> found.put(f, new Findings()));
        about(columns);
        Thread farewell = new Thread(() -> print(found, names, sizes));
        Runtime.getRuntime().addShutdownHook(farewell);
        for (int round = 0; round < Math.max(rounds, longRounds); round++) {
            for (String file : files) {
                round(
                        round,
                        Path.of(file).toAbsolutePath().toString(),
                        Objects.requireNonNull(found.get(file)),
                        columns,
                        sizes);
            }
        }
        return 0; // and the farewell prints, as it does after an interruption
    }

    private void round(int round, String file, Findings found, List<List<Program>> columns, Program.Sizes sizes)
            throws IOException, InterruptedException {
        List<Program> turn = new ArrayList<>();
        for (List<Program> column : columns) {
            turn.addAll(
                    round == 0 || column.size() == 1
                            ? column
                            : found.winners(column.getFirst().name()));
        }
        Collections.rotate(turn, -round);
        for (Program.Part part : Program.Part.values()) {
            if (round >= (part == Program.Part.LONG ? longRounds : rounds)) {
                continue;
            }
            for (Program p : turn) {
                List<String> command = p.command(part, sizes, file, threads);
                if (!command.isEmpty()) {
                    System.err.println("round " + (round + 1) + ", "
                            + Path.of(file).getFileName() + ", " + p.label() + ", " + part);
                    Child child = Child.run(command, folder);
                    found.add(p, p.speeds(child), child.peakBytes());
                }
            }
        }
        for (Program p : turn) {
            List<String> command = p.firstToken(file, threads);
            if (round < rounds && !command.isEmpty()) {
                found.addStart(p, Child.run(command, folder).seconds());
            }
        }
    }

    /** A column's programs differ in their settings; the first are those that are usually the fastest. */
    private List<List<Program>> columns() {
        List<List<Program>> columns = new ArrayList<>();
        columns.add(List.of(new Program(Program.JANDAIA, jandaia, List.of())));
        peer(columns, "llama.cpp", llama, "LLAMA_CPP", List.of(List.of(), List.of("-fa")));
        peer(
                columns,
                "ik_llama.cpp",
                ik,
                "IK_LLAMA_CPP",
                List.of(List.of("-rtr", "-fa", "on"), List.of("-fa", "on"), List.of("-rtr", "-fa", "off")));
        return columns;
    }

    private void peer(
            List<List<Program>> columns,
            String name,
            @Nullable Path home,
            String variable,
            List<List<String>> settings) {
        if (home == null || !Files.isExecutable(home.resolve("llama-batched-bench"))) {
            System.err.println(name + " is left out: there is no llama-batched-bench in " + home + "; set " + variable
                    + " to the folder of its programs.");
            return;
        }
        Path absolute = home.toAbsolutePath();
        columns.add(settings.stream()
                .limit(trySettings ? settings.size() : 1)
                .map(s -> new Program(name, absolute, s))
                .toList());
    }

    private void about(List<List<Program>> columns) throws IOException, InterruptedException {
        Cpu cpu = Cpu.here();
        System.out.println(LocalDate.now(ZoneId.systemDefault()) + ", " + cpu.model() + " ("
                + String.join(" ", cpu.notable()) + "), "
                + threads + " threads, " + rounds + " rounds (" + longRounds
                + " of what needs more than 600 positions).");
        for (List<Program> column : columns) {
            Path cli = column.getFirst().home().resolve("llama-cli");
            if (Files.isExecutable(cli)) {
                String version = Child.run(List.of(cli.toString(), "--version"), folder)
                        .all()
                        .lines()
                        .filter(l -> l.startsWith("version"))
                        .findFirst()
                        .orElse("version unknown");
                System.out.println(column.getFirst().name() + " " + version + ".");
            }
        }
    }

    private static void print(Map<String, Findings> found, List<String> names, Program.Sizes sizes) {
        found.forEach((file, f) -> {
            System.out.println();
            System.out.println("### " + Path.of(file).getFileName());
            System.out.println();
            f.table(names, sizes).forEach(System.out::println);
            List<String> settings = f.settings(names, sizes);
            if (!settings.isEmpty()) {
                System.out.println();
                settings.forEach(s -> System.out.println("- " + s));
            }
        });
        System.out.flush();
    }

    private static List<Integer> sorted(List<Integer> numbers) {
        return numbers.stream().distinct().sorted().toList();
    }
}
