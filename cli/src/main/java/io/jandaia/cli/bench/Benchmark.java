package io.jandaia.cli.bench;

import io.jandaia.model.Model;
import io.jandaia.model.Progress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs workloads in turn, round by round, after a warm-up: what is measured is the speed that lasts, as a server has it. Another
 * thread may ask for what is there already.
 *
 * @see #results()
 */
public final class Benchmark implements AutoCloseable {

    /** Tokens of a prompt that show the compiler everything. */
    private static final int WARM_UP = 256;

    /** The longest that one workload is warmed up, unless a single run takes longer. */
    private static final double WARM_UP_SECONDS = 3;

    /** Runs that are no faster than those before end a warm-up. */
    private static final int SAME = 3;

    private static final double FASTER = 1.02;

    private final Limits limits;
    private final Model model;
    private final double loadSeconds;
    private final Map<Workload, List<Double>> speeds = new LinkedHashMap<>();

    /** Measures the machine, then loads the model. */
    public Benchmark(int threads, Supplier<Model> loader) {
        limits = Limits.measure(threads);
        PeakMemory.reset();
        long start = System.nanoTime();
        model = loader.get();
        loadSeconds = (System.nanoTime() - start) / 1e9;
    }

    public Model model() {
        return model;
    }

    public Limits limits() {
        return limits;
    }

    public double loadSeconds() {
        return loadSeconds;
    }

    /** The most bytes of memory that this process has had since the machine was measured. */
    public OptionalLong peakMemory() {
        return PeakMemory.bytes();
    }

    public void run(List<Workload> workloads, @Nullable String adapter, int rounds, Progress progress) {
        Set<Workload> warm = new HashSet<>();
        for (Workload w : workloads) {
            if (warm.add(w.shortened(WARM_UP))) {
                warmUp(w.shortened(WARM_UP), adapter);
            }
        }
        long total = (long) rounds * workloads.size();
        long done = 0;
        progress.at(done, total);
        for (int round = 0; round < rounds; round++) {
            for (Workload w : workloads) {
                add(w, w.run(model, adapter, round));
                progress.at(++done, total);
            }
        }
    }

    /** Until the speed no longer rises: the JVM compiles while it runs. */
    private void warmUp(Workload w, @Nullable String adapter) {
        long end = System.nanoTime() + (long) (WARM_UP_SECONDS * 1e9);
        double best = 0;
        int same = 0;
        do {
            double speed = w.run(model, adapter, -1);
            same = speed > FASTER * best ? 0 : same + 1;
            best = Math.max(best, speed);
        } while (same < SAME && System.nanoTime() < end);
    }

    private synchronized void add(Workload w, double speed) {
        speeds.computeIfAbsent(w, x -> new ArrayList<>()).add(speed);
    }

    /** Of every workload that has been run at least once. */
    public synchronized List<Result> results() {
        return speeds.entrySet().stream()
                .map(e -> Result.of(e.getKey(), e.getValue(), model.decoder(), limits))
                .toList();
    }

    @Override
    public void close() {
        model.close();
    }
}
