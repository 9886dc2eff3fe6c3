package io.jandaia.bench;

import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.kernel.KernelSets;
import io.jandaia.tensor.kernel.Kernels;
import io.jandaia.tensor.kernel.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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

/** One thread multiplying {@code tokens} rows of activations with a weight {@code [2048, 2048]}; sets without fast products compute exact ones. */
@NullUnmarked
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class GemmBenchmark {

    private static final int ROWS = 2048;
    private static final int COLS = 2048;

    @Param({"scalar", "vector", "avx512", "amx"})
    public String kernelSet;

    @Param({"EXACT", "FAST"})
    public Numerics numerics;

    @Param({"F32", "F16", "BF16", "Q8_0", "Q4_0"})
    public ElementType type;

    @Param({"1", "16", "128"})
    public int tokens;

    private Arena arena;
    private Kernels kernels;
    private PackedMatrix weight;
    private Matrix x;
    private Matrix out;
    private MemorySegment quantized;
    private MemorySegment scratch;

    @Setup
    @SuppressWarnings("MustBeClosedChecker") // closed by tearDown
    public void setup() {
        Random random = new Random(1);
        arena = Arena.ofConfined();
        kernels = KernelSets.named(kernelSet).kernels();
        Matrix floats = filled(ROWS, COLS, random);
        MemorySegment data = arena.allocate(type.bytes((long) ROWS * COLS), 64);
        type.format().encode(floats.data(), 0, data, 0, (long) ROWS * COLS / type.blockElements());
        weight = kernels.pack(new StoredTensor("w", type, new long[] {ROWS, COLS}, data), numerics);
        x = filled(tokens, COLS, random);
        out = Matrix.allocate(arena, tokens, ROWS);
        quantized = arena.allocate(Math.max(64, kernels.quantizedBytes(weight, tokens)), 64);
        scratch = arena.allocate(Math.max(64, kernels.scratchBytes(weight)), 64);
    }

    private Matrix filled(int rows, int cols, Random random) {
        Matrix m = Matrix.allocate(arena, rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                m.set(r, c, (float) random.nextGaussian());
            }
        }
        return m;
    }

    @Benchmark
    public Matrix gemm() {
        kernels.quantize(weight, x, 0, tokens, quantized);
        kernels.gemm(weight, x, quantized, 0, ROWS, out, 0, scratch);
        return out;
    }

    /** Of one call; a multiply-add is two. */
    double operations() {
        return 2.0 * ROWS * COLS * tokens;
    }

    /** Of weights, read in one call. */
    long bytes() {
        return weight.bytes();
    }

    /** Whether products with this weight are other than exact. */
    boolean fast() {
        return weight.numerics() == Numerics.FAST;
    }

    @TearDown
    public void tearDown() {
        arena.close();
    }
}
