package io.jandaia.cli;

import io.jandaia.cli.bench.Benchmark;
import io.jandaia.cli.bench.Report;
import io.jandaia.cli.bench.Workload;
import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jandaia bench}: how fast a model runs here, beside what this machine could do. */
@Command(name = "bench", mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {

    private static final List<Integer> PROMPTS = List.of(128, 512, 2048);
    private static final List<Integer> DEPTHS = List.of(0, 1024, 4096);
    private static final List<Integer> BATCHES = List.of(1, 4, 16);

    private static final int MAX_ROUNDS = 1000;
    private static final int MAX_BATCH = 1024;

    @Parameters(index = "0", paramLabel = "MODEL", descriptionKey = "model")
    String name = "";

    @Option(
            names = {"-p", "--prompt"},
            split = ",",
            paramLabel = "N")
    @Nullable
    List<Integer> prompts;

    @Option(
            names = {"-n", "--generate"},
            paramLabel = "N")
    int newTokens = 32;

    @Option(
            names = {"-d", "--depth"},
            split = ",",
            paramLabel = "N")
    @Nullable
    List<Integer> depths;

    @Option(
            names = {"-b", "--batch"},
            split = ",",
            paramLabel = "N")
    @Nullable
    List<Integer> batches;

    @Option(
            names = {"-r", "--rounds"},
            paramLabel = "N")
    int rounds = 3;

    @Option(names = "--json")
    boolean json;

    @Mixin
    AdapterOptions adapterOptions = new AdapterOptions();

    @Mixin
    ModelOptions modelOptions = new ModelOptions();

    @Mixin
    PullOptions pullOptions;

    private final PrintStream out;
    private final PrintStream err;
    private final Texts texts;
    private final Tty tty;

    BenchCommand(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        this.out = out;
        this.err = err;
        this.texts = texts;
        this.tty = tty;
        this.pullOptions = new PullOptions(err, texts, tty);
    }

    @Override
    public Integer call() {
        List<Workload> wanted = workloads();
        String adapter = adapterOptions.chosen(texts);
        Path path = pullOptions.find(name);
        int together = wanted.stream().mapToInt(Workload::batch).max().orElse(1);
        LoadOptions options = adapterOptions.toLoad(modelOptions.toLoad(texts), texts);
        LoadOptions enough = options.sequences(Math.max(together, options.sequences()))
                .packCache(false); // nothing is written beside what is measured
        int threads =
                options.threads() > 0 ? options.threads() : Runtime.getRuntime().availableProcessors();
        try (Benchmark benchmark = new Benchmark(threads, () -> Model.open(path, enough))) {
            Model model = benchmark.model();
            model.notes().forEach(err::println);
            List<Workload> fitting = fitting(wanted, model.spec().contextLength());
            AtomicBoolean told = new AtomicBoolean();
            Thread farewell = new Thread(() -> report(benchmark, false, told), "bench-interrupted");
            Runtime.getRuntime().addShutdownHook(farewell);
            try (ProgressBar bar =
                    new ProgressBar(err, texts.get("bench.progress"), ProgressBar.Unit.ITEMS, tty.styled())) {
                benchmark.run(fitting, adapter, rounds, bar);
            } finally {
                remove(farewell);
            }
            report(benchmark, true, told);
        }
        return 0;
    }

    /** Every depth with one sequence, every batch of more from an empty context. */
    private List<Workload> workloads() {
        List<Integer> p = prompts == null ? PROMPTS : prompts;
        List<Integer> d = depths == null ? DEPTHS : depths;
        List<Integer> b = batches == null ? BATCHES : batches;
        if (newTokens < 0 || rounds < 1 || rounds > MAX_ROUNDS || smallest(p) < 0 || smallest(d) < 0) {
            throw texts.usage("bench.range", MAX_ROUNDS);
        }
        if (smallest(b) < 1 || Collections.max(b) > MAX_BATCH) {
            throw texts.usage("bench.batch", MAX_BATCH);
        }
        List<Workload> all = new ArrayList<>();
        p.stream().filter(n -> n > 0).map(Workload::prefill).forEach(all::add);
        if (newTokens > 0) {
            d.stream().map(n -> Workload.decode(newTokens, n, 1)).forEach(all::add);
            b.stream()
                    .filter(n -> n > 1)
                    .map(n -> Workload.decode(newTokens, 0, n))
                    .forEach(all::add);
        }
        List<Workload> distinct = all.stream().distinct().toList();
        if (distinct.isEmpty()) {
            throw texts.usage("bench.nothing");
        }
        return distinct;
    }

    private static int smallest(List<Integer> numbers) {
        return Collections.min(numbers);
    }

    /** Sizes that nobody asked for are left out where the model's context is shorter; others are errors. */
    private List<Workload> fitting(List<Workload> wanted, int context) {
        List<Workload> fitting =
                wanted.stream().filter(w -> w.positions() <= context).toList();
        for (Workload w : wanted) {
            boolean asked = w.kind() == Workload.Kind.PREFILL ? prompts != null : depths != null || w.depth() == 0;
            if (asked && w.positions() > context) {
                throw texts.usage("bench.context", context, w.positions());
            }
        }
        if (fitting.size() < wanted.size()) {
            err.println(texts.get("bench.left", context, sizes(wanted, fitting)));
        }
        return fitting;
    }

    private static String sizes(List<Workload> wanted, List<Workload> fitting) {
        Stream<String> left = wanted.stream()
                .filter(w -> !fitting.contains(w))
                .map(w -> w.kind() == Workload.Kind.PREFILL ? "-p " + w.tokens() : "-d " + w.depth());
        return String.join(", ", left.toList());
    }

    /** Once: at the end, or when the process is told to end before. */
    private void report(Benchmark benchmark, boolean complete, AtomicBoolean told) {
        if (told.getAndSet(true)) {
            return;
        }
        Report report = new Report(name, rounds, complete, benchmark);
        if (json) {
            out.println(report.json());
        } else {
            report.table(texts).forEach(out::println);
        }
        out.flush();
    }

    private static void remove(Thread farewell) {
        try {
            Runtime.getRuntime().removeShutdownHook(farewell);
        } catch (IllegalStateException e) {
            // The process is ending, and the thread says what there is.
        }
    }
}
