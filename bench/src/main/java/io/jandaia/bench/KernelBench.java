package io.jandaia.bench;

import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.InstructionPeak;
import io.jandaia.tensor.kernel.KernelSets;
import io.jandaia.tensor.kernel.KvType;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Products and attention on one thread, in its own processor time, beside the peaks of the instructions that they are made of. The
 * peaks are measured before each kernel; the best of each counts.
 */
@Command(
        name = "bench/run kernels",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Products and attention on one thread beside the peaks of their instructions; prints Markdown.")
final class KernelBench implements Callable<Integer> {

    /** The Java around a kernel is compiled meanwhile. */
    private static final long WARM_UP_NANOS = 700_000_000;

    @Option(names = "--sets", split = ",", paramLabel = "SET", description = "Kernels; default: the fastest here.")
    List<String> sets = List.of(KernelSets.choose().kernels().name());

    @Option(
            names = "--types",
            split = ",",
            paramLabel = "TYPE",
            description = "Formats of weights; default: ${DEFAULT-VALUE}.")
    List<ElementType> types = List.of(
            ElementType.Q8_0,
            ElementType.Q4_0,
            ElementType.Q4_K,
            ElementType.Q6_K,
            ElementType.BF16,
            ElementType.F16,
            ElementType.F32);

    @Option(names = "--tokens", split = ",", paramLabel = "N", description = "Default: 1,16,128,512.")
    List<Integer> tokens = List.of(1, 16, 128, 512);

    @Option(names = "--kv", split = ",", paramLabel = "TYPE", description = "Keys and values; default: F16,Q8.")
    List<KvType> kv = List.of(KvType.F16, KvType.Q8);

    @Option(names = "-r", paramLabel = "N", description = "Times; default: ${DEFAULT-VALUE}.")
    int rounds = 5;

    private final Map<InstructionPeak, Double> peaks = new EnumMap<>(InstructionPeak.class);

    public static void main(String[] args) {
        System.exit(new CommandLine(new KernelBench())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }

    @Override
    public Integer call() {
        List<Supplier<String>> lines = new ArrayList<>(); // written at the end, beside the highest peaks
        lines.add(() -> "| kernels | weight [2048, 2048] | tokens | weights, GB/s | 10^9 operations/s | of the peak |");
        lines.add(() -> "|---|---|---|---|---|---|");
        for (String set : sets) {
            for (ElementType type : types) {
                for (int n : tokens) {
                    lines.add(product(set, type, n));
                }
            }
        }
        lines.add(() -> "");
        lines.add(
                () ->
                        "| kernels | keys and values | numerics | positions | rows at once | 10^9 operations/s | of the peak |");
        lines.add(() -> "|---|---|---|---|---|---|---|");
        for (String set : sets) {
            for (KvType type : kv) {
                for (Numerics numerics : Numerics.values()) {
                    for (int rows : List.of(1, 16)) {
                        lines.add(attention(set, type, numerics, rows));
                    }
                }
            }
        }
        System.out.println(Machine.today() + ", " + Machine.text() + ", one thread. Peaks, 10^9 operations/s: "
                + peaks.entrySet().stream()
                        .map(e -> e.getKey().name().toLowerCase(Locale.ROOT)
                                + String.format(Locale.ROOT, " %.0f", e.getValue() / 1e9))
                        .reduce((a, b) -> a + ", " + b)
                        .orElse("not known here")
                + ".");
        System.out.println();
        lines.forEach(line -> System.out.println(line.get()));
        return 0;
    }

    private Supplier<String> product(String set, ElementType type, int n) {
        GemmBenchmark b = new GemmBenchmark();
        b.kernelSet = set;
        b.numerics = Numerics.FAST;
        b.type = type;
        b.tokens = n;
        b.setup();
        try {
            double seconds = seconds(b::gemm);
            double operations = b.operations() / seconds;
            double bytes = b.bytes() / seconds;
            List<InstructionPeak> of = peaksOf(b, set);
            return () -> String.format(
                    Locale.ROOT,
                    "| %s | %s | %d | %.1f | %.0f | %s |",
                    set,
                    type,
                    n,
                    bytes / 1e9,
                    operations / 1e9,
                    shares(operations, of));
        } finally {
            b.tearDown();
        }
    }

    /** What the products of a weight are made of: vectors, and tiles where the set uses them. */
    private static List<InstructionPeak> peaksOf(GemmBenchmark b, String set) {
        boolean tiles = set.equals("amx");
        if (!b.fast()) {
            return List.of(InstructionPeak.FLOATS);
        }
        if (b.type.blockElements() == 1) {
            return tiles ? List.of(InstructionPeak.PAIRS, InstructionPeak.TILE_PAIRS) : List.of(InstructionPeak.PAIRS);
        }
        return tiles ? List.of(InstructionPeak.BYTES, InstructionPeak.TILE_BYTES) : List.of(InstructionPeak.BYTES);
    }

    private Supplier<String> attention(String set, KvType type, Numerics numerics, int rows) {
        AttentionBenchmark b = new AttentionBenchmark();
        b.kernelSet = set;
        b.type = type;
        b.numerics = numerics;
        b.positions = 2048;
        b.rows = rows;
        b.setup();
        try {
            double operations = b.operations() / seconds(b::attend);
            boolean pairs = numerics == Numerics.FAST && type != KvType.F32 && peaks.containsKey(InstructionPeak.PAIRS);
            InstructionPeak of = pairs ? InstructionPeak.PAIRS : InstructionPeak.FLOATS;
            return () -> String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %d | %d | %.0f | %s |",
                    set,
                    type,
                    numerics.name().toLowerCase(Locale.ROOT),
                    b.positions,
                    rows,
                    operations / 1e9,
                    shares(operations, List.of(of)));
        } finally {
            b.tearDown();
        }
    }

    private String shares(double operations, List<InstructionPeak> of) {
        List<String> shares = new ArrayList<>();
        for (InstructionPeak peak : of) {
            if (peaks.containsKey(peak)) {
                shares.add(String.format(
                        Locale.ROOT,
                        "%.0f %% of %s",
                        100 * operations / peaks.get(peak),
                        peak.name().toLowerCase(Locale.ROOT)));
            }
        }
        return String.join(", ", shares);
    }

    /** Of one call: the thread's own time, the best of the rounds, each long enough for its clock. */
    private double seconds(Runnable call) {
        measurePeaks();
        long compiled = System.nanoTime() + WARM_UP_NANOS;
        while (System.nanoTime() < compiled) {
            call.run();
        }
        long enough = 20_000_000;
        int calls = 1;
        while (nanos(call, calls) < enough) {
            calls *= 2;
        }
        double best = Double.MAX_VALUE;
        for (int round = 0; round < rounds; round++) {
            best = Math.min(best, nanos(call, calls) / 1e9 / calls);
        }
        return best;
    }

    private static long nanos(Runnable call, int calls) {
        var threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        for (int i = 0; i < calls; i++) {
            call.run();
        }
        return threads.getCurrentThreadCpuTime() - start;
    }

    /** The highest so far count: a peak that was disturbed would flatter the kernels. */
    private void measurePeaks() {
        try (ComputeTeam one = ComputeTeam.of(1)) {
            for (InstructionPeak peak : InstructionPeak.values()) {
                if (peak.runsHere()) {
                    peaks.merge(peak, peak.measure(one), Math::max);
                }
            }
        }
    }
}
