package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.tensor.kernel.asm.CpuFeatures;
import io.jandaia.tensor.kernel.packed.InstructionSet;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Attention has no machine code for AVX2: it is that of the vector kernels, to the bit. */
@EnabledIf(value = "runsHere", disabledReason = "not run: this processor lacks what the kernels need")
class Avx2AttentionTest {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    static boolean runsHere() {
        return InstructionSet.AVX2.obstacle(CpuFeatures.here()) == null;
    }

    @ParameterizedTest
    @EnumSource(KvType.class)
    void isThatOfTheVectorKernels(KvType type) {
        KvShape shape = new KvShape(2, 64, 48, type);
        Kernels avx2 = MachineKernels.of(InstructionSet.AVX2);
        Kernels vector = new VectorKernels();
        assertThat(avx2.attendScratchBytes(shape, 9)).isEqualTo(vector.attendScratchBytes(shape, 9));
        assertThat(attend(avx2, shape)).isEqualTo(attend(vector, shape));
    }

    private static float[] attend(Kernels kernels, KvShape shape) {
        Random random = new Random(3);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(shape.pageBytes(), 64);
            for (int slot = 0; slot < KvShape.PAGE; slot++) {
                MemorySegment key = numbers(arena, 2 * 64, random);
                MemorySegment value = numbers(arena, 2 * 48, random);
                kernels.storeKv(shape, key, 0, value, 0, page, 0, slot);
            }
            QueryRows rows = new QueryRows(
                    numbers(arena, 9 * 64, random), 0, 3 * 64 * 4, 3, new int[] {0, 2, 2}, new int[] {30, 31, 32});
            MemorySegment partial = arena.allocate(9 * shape.partialBytes(), 64);
            MemorySegment scratch = arena.allocate(kernels.attendScratchBytes(shape, 9), 64);
            kernels.attend(shape, 1, new MemorySegment[] {page}, 0, rows, new Scoring(0.125f, 0), partial, 0, scratch);
            return partial.toArray(FLOAT);
        }
    }

    private static MemorySegment numbers(Arena arena, int n, Random random) {
        MemorySegment out = arena.allocate(n * 4L, 64);
        for (int i = 0; i < n; i++) {
            out.set(FLOAT, i * 4L, (float) random.nextGaussian());
        }
        return out;
    }
}
