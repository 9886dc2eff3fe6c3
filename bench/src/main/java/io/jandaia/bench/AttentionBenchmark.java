package io.jandaia.bench;

import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.KernelSets;
import io.jandaia.tensor.kernel.Kernels;
import io.jandaia.tensor.kernel.KvShape;
import io.jandaia.tensor.kernel.KvType;
import io.jandaia.tensor.kernel.QueryRows;
import io.jandaia.tensor.kernel.Scoring;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One thread attending to all {@code positions} with {@code rows} tokens of 32 heads of 64 numbers and 4 key/value heads, a layer
 * of a model of 1.1 B weights: {@code 4 * 64 * 32 * positions * rows} operations.
 */
@NullUnmarked
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class AttentionBenchmark {

    private static final int HEADS = 32;
    private static final int KV_HEADS = 4;
    private static final int DIM = 64;
    /** As the engine does it: spans of this many positions are computed apart. */
    private static final int SPAN = 512;

    @Param({"vector", "avx512"})
    public String kernelSet;

    @Param({"F32", "F16", "BF16", "Q8"})
    public KvType type;

    @Param({"2048", "4096"})
    public int positions;

    /** As many rows as the engine's tiles have, at most. */
    @Param({"1", "16"})
    public int rows;

    @Param({"EXACT", "FAST"})
    public Numerics numerics;

    private Scoring scoring;
    private Arena arena;
    private Kernels kernels;
    private KvShape shape;
    private MemorySegment[] pages;
    private MemorySegment queries;
    private MemorySegment partial;
    private MemorySegment scratch;

    @Setup
    @SuppressWarnings("MustBeClosedChecker") // closed by tearDown
    public void setup() {
        Random random = new Random(1);
        arena = Arena.ofConfined();
        kernels = KernelSets.named(kernelSet).kernels();
        scoring = new Scoring(0.125f, 0, numerics);
        shape = new KvShape(KV_HEADS, DIM, DIM, type);
        pages = new MemorySegment[positions / KvShape.PAGE];
        for (int p = 0; p < positions; p++) {
            int slot = p % KvShape.PAGE;
            if (slot == 0) {
                pages[p / KvShape.PAGE] = arena.allocate(shape.pageBytes(), 64);
            }
            MemorySegment key = numbers(KV_HEADS * DIM, random);
            MemorySegment value = numbers(KV_HEADS * DIM, random);
            kernels.storeKv(shape, key, 0, value, 0, pages[p / KvShape.PAGE], 0, slot);
        }
        int group = HEADS / KV_HEADS;
        queries = numbers(rows * HEADS * DIM, random);
        partial = arena.allocate((long) rows * group * shape.partialBytes(), 64);
        scratch = arena.allocate(Math.max(64, kernels.attendScratchBytes(shape, rows * group)), 64);
    }

    private MemorySegment numbers(int n, Random random) {
        MemorySegment m = arena.allocate(n * 4L, 64);
        for (int i = 0; i < n; i++) {
            m.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        return m;
    }

    @Benchmark
    public MemorySegment attend() {
        int group = HEADS / KV_HEADS;
        int[] from = new int[rows];
        int[] to = new int[rows];
        for (int head = 0; head < KV_HEADS; head++) {
            for (int first = 0; first < positions; first += SPAN) {
                Arrays.fill(from, first);
                Arrays.fill(to, first + SPAN);
                QueryRows asked =
                        new QueryRows(queries, (long) head * group * DIM * 4, (long) HEADS * DIM * 4, group, from, to);
                kernels.attend(shape, head, pages, 0, asked, scoring, partial, 0, scratch);
            }
        }
        return partial;
    }

    /** Of one call; a multiply-add is two. */
    double operations() {
        return 4.0 * DIM * HEADS * positions * rows;
    }

    @TearDown
    public void tearDown() {
        arena.close();
    }
}
