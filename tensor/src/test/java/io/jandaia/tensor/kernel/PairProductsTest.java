package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.kernel.asm.CpuFeatures;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Fast products of BF16 weights: all memory lies between guards, and the only error is that of activations rounded to BF16. */
@EnabledIf(value = "runsHere", disabledReason = "not run: this processor lacks what the kernels need")
class PairProductsTest {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    static boolean runsHere() {
        return MachineKernels.runsHere() && CpuFeatures.here().bf16();
    }

    /** With vectors, and with tiles where the processor has them. */
    static List<Kernels> sets() {
        return CpuFeatures.here().amxBf16()
                ? List.of(MachineKernels.avx512(), MachineKernels.amx())
                : List.of(MachineKernels.avx512());
    }

    @ParameterizedTest
    @MethodSource("sets")
    void nothingBesideTheMemoryIsTouchedAndOnlyActivationsAreRounded(Kernels kernels) {
        Random random = new Random(20_261_128);
        for (int rows : new int[] {16, 17, 31, 32, 33, 75}) {
            for (int cols : new int[] {32, 96, 1056}) {
                for (int tokens : new int[] {1, 2, 15, 16, 17, 32, 33, 48, 530}) {
                    try (Arena arena = Arena.ofConfined()) {
                        boolean atEnd = random.nextBoolean();
                        MemorySegment data = GuardedMemory.allocate(arena, 2L * rows * cols, atEnd);
                        MemorySegment in = GuardedMemory.allocate(arena, 4L * tokens * cols, atEnd);
                        for (int i = 0; i < rows * cols; i++) {
                            short bits = (short) (Float.floatToRawIntBits((float) random.nextGaussian()) >> 16);
                            data.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i, bits);
                        }
                        for (int i = 0; i < tokens * cols; i++) {
                            in.set(FLOAT, 4L * i, (float) random.nextGaussian());
                        }
                        long[] shape = {rows, cols};
                        PackedMatrix w =
                                kernels.pack(new StoredTensor("w", ElementType.BF16, shape, data), Numerics.FAST);
                        assertThat(w.numerics()).isEqualTo(Numerics.FAST);
                        Matrix x = new Matrix(in, tokens, cols);
                        Matrix out = new Matrix(GuardedMemory.allocate(arena, 4L * tokens * rows, atEnd), tokens, rows);
                        MemorySegment pairs = GuardedMemory.allocate(arena, kernels.quantizedBytes(w, tokens), atEnd);
                        kernels.quantize(w, x, 0, tokens, pairs);
                        MemorySegment scratch = GuardedMemory.allocate(arena, kernels.scratchBytes(w), atEnd);
                        kernels.gemm(w, x, pairs, 0, rows, out, 0, scratch);
                        for (int t : new int[] {0, tokens / 2, tokens - 1}) {
                            for (int r = 0; r < rows; r++) {
                                double[] expected = expected(data, in, r, t, cols);
                                assertThat(Math.abs(out.get(t, r) - expected[0]))
                                        .as("[%d, %d], row %d, token %d of %d", rows, cols, r, t, tokens)
                                        .isLessThan(expected[1] * 3e-6 + 1e-6);
                            }
                            sameBitsAlone(kernels, w, x, t, out, arena);
                        }
                    }
                }
            }
        }
    }

    /** A token alone, and its rows in parts. */
    private static void sameBitsAlone(Kernels kernels, PackedMatrix w, Matrix x, int token, Matrix out, Arena arena) {
        MemorySegment one = x.data().asSlice(x.offset(token), x.cols() * 4L);
        Matrix alone = Matrix.allocate(arena, 1, w.rows());
        Matrix in = new Matrix(arena.allocate(one.byteSize(), 64).copyFrom(one), 1, x.cols());
        MemorySegment pairs = arena.allocate(kernels.quantizedBytes(w, 1), 64);
        kernels.quantize(w, in, 0, 1, pairs);
        MemorySegment scratch = arena.allocate(kernels.scratchBytes(w), 64);
        int cut = w.rows() / 2 - 1;
        kernels.gemm(w, in, pairs, 0, cut, alone, 0, scratch);
        kernels.gemm(w, in, pairs, cut, w.rows(), alone, 0, scratch);
        assertThat(alone.row(0)).containsExactly(out.row(token));
    }

    /** The product with activations rounded to BF16, and the root of the sum of squares of its terms. */
    private static double[] expected(MemorySegment w, MemorySegment x, int row, int token, int cols) {
        double sum = 0;
        double squares = 0;
        for (int k = 0; k < cols; k++) {
            long at = 2L * ((long) row * cols + k);
            int bits = x.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * ((long) token * cols + k));
            int rounded = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
            double term = (double) Float.intBitsToFloat(w.get(ValueLayout.JAVA_SHORT_UNALIGNED, at) << 16)
                    * Float.intBitsToFloat(rounded);
            sum += term;
            squares += term * term;
        }
        return new double[] {sum, Math.sqrt(squares)};
    }
}
