package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.tensor.Blocks;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Exact products by machine code have the bits of the vector kernels, whatever the shape. */
@EnabledIf(value = "runsHere", disabledReason = "not run: this processor lacks what the kernels need")
class FloatProductsTest {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int UNWRITTEN = 0x7fc00123;

    private final Kernels machine = MachineKernels.avx512();
    private final Kernels vectors = new VectorKernels();

    static boolean runsHere() {
        return MachineKernels.runsHere();
    }

    static Stream<ElementType> types() {
        return Stream.of(ElementType.values()).filter(ElementType::computable);
    }

    @ParameterizedTest
    @MethodSource("types")
    void bitsAreThoseOfTheVectorKernels(ElementType type) {
        Random random = new Random(20_261_126);
        int block = type.blockElements();
        int[] columns = block == 1
                ? new int[] {1, 31, 32, 33, 100, 2047, 2112, 4577}
                : block == 32
                        ? new int[] {32, 96, 2080, 4416}
                        : new int[] {block, 3 * block, 2048 + block, 4096 + block};
        for (int cols : columns) {
            int rows = 1 + random.nextInt(75);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment data = arena.allocate(rows * type.bytes(cols), 4);
                Blocks.write(type, floats(arena, random, rows * cols), data, random);
                StoredTensor w = new StoredTensor("w", type, new long[] {rows, cols}, data);
                for (int tokens = 1; tokens <= 40; tokens += tokens < 14 ? 1 : 13) {
                    int from = random.nextInt(rows);
                    int to = from + 1 + random.nextInt(rows - from);
                    Matrix x = new Matrix(floats(arena, random, tokens * cols), tokens, cols);
                    assertThat(product(arena, machine, w, x, from, to))
                            .as("%s [%d, %d], rows %d to %d, %d tokens", type, rows, cols, from, to, tokens)
                            .isEqualTo(product(arena, vectors, w, x, from, to));
                }
            }
        }
    }

    /** Overflow, subnormal numbers and negative zeros are those of the vector kernels too. */
    @ParameterizedTest
    @MethodSource("types")
    void extremeActivations(ElementType type) {
        Random random = new Random(20_261_127);
        int cols = type.blockElements() == 1 ? 77 : type.blockElements() * 2;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(19 * type.bytes(cols), 4);
            Blocks.write(type, floats(arena, random, 19 * cols), data, random);
            StoredTensor w = new StoredTensor("w", type, new long[] {19, cols}, data);
            for (float scale : new float[] {-0f, 1e-42f, 1e-38f, 3e37f}) {
                for (int tokens : new int[] {1, 8}) {
                    Matrix x = new Matrix(floats(arena, random, tokens * cols), tokens, cols);
                    for (int i = 0; i < tokens * cols; i++) {
                        x.data().setAtIndex(FLOAT, i, x.data().getAtIndex(FLOAT, i) * scale);
                    }
                    assertThat(product(arena, machine, w, x, 0, 19))
                            .as("%s times %s, %d tokens", type, scale, tokens)
                            .isEqualTo(product(arena, vectors, w, x, 0, 19));
                }
            }
        }
    }

    /** The bits of {@code [tokens, rows + 2]}: those beside the product are as they were. */
    private static int[] product(Arena arena, Kernels kernels, StoredTensor weight, Matrix x, int from, int to) {
        PackedMatrix w = kernels.pack(weight, Numerics.EXACT);
        Matrix out = Matrix.allocate(arena, x.rows(), w.rows() + 2);
        int count = out.rows() * out.cols();
        for (int i = 0; i < count; i++) {
            out.data().setAtIndex(ValueLayout.JAVA_INT, i, UNWRITTEN);
        }
        MemorySegment quantized = arena.allocate(Math.max(1, kernels.quantizedBytes(w, x.rows())), 64);
        kernels.quantize(w, x, 0, x.rows(), quantized);
        MemorySegment scratch = arena.allocate(kernels.scratchBytes(w), 64).fill((byte) 0xff);
        kernels.gemm(w, x, quantized, from, to, out, 1, scratch);
        int[] bits = new int[count];
        for (int i = 0; i < count; i++) {
            int raw = out.data().getAtIndex(ValueLayout.JAVA_INT, i);
            bits[i] = raw == UNWRITTEN ? raw : Float.floatToIntBits(Float.intBitsToFloat(raw));
        }
        return bits;
    }

    private static MemorySegment floats(Arena arena, Random random, int n) {
        MemorySegment out = arena.allocate(n * 4L, 4);
        for (int i = 0; i < n; i++) {
            out.setAtIndex(FLOAT, i, (float) random.nextGaussian());
        }
        return out;
    }
}
