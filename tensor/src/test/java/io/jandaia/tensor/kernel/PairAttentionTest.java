package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.asm.CpuFeatures;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Attention in pairs of BF16. */
@EnabledIf(value = "runsHere", disabledReason = "not run: this processor lacks AVX-512 BF16")
class PairAttentionTest extends MachineAttentionTest {

    static boolean runsHere() {
        return MachineKernels.runsHere() && CpuFeatures.here().bf16();
    }

    @Override
    Numerics numerics() {
        return Numerics.FAST;
    }

    /** 1 + 1/256 is a number of F16, and of BF16 none: one that was not rounded would stay. */
    @Test
    void numbersAreRoundedUnlessTheyAreKeptInFloat32() {
        for (KvType type : new KvType[] {KvType.F16, KvType.F32}) {
            KvShape shape = new KvShape(1, 32, 16, type);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment page = arena.allocate(shape.pageBytes(), 64);
                MemorySegment numbers = arena.allocate(32 * 4);
                numbers.setAtIndex(ValueLayout.JAVA_FLOAT, 0, 1 + 1 / 256f);
                kernels.storeKv(shape, numbers, 0, numbers, 0, page, 0, 0);
                MemorySegment partial = arena.allocate(shape.partialBytes(), 64);
                MemorySegment scratch = arena.allocate(kernels.attendScratchBytes(shape, 1), 64);
                QueryRows rows = new QueryRows(numbers, 0, 32 * 4, 1, new int[] {0}, new int[] {1});
                kernels.attend(shape, 0, new MemorySegment[] {page}, 0, rows, scoring(1, 0), partial, 0, scratch);
                float one = type == KvType.F32 ? 1 + 1 / 256f : 1;
                assertThat(partial.get(ValueLayout.JAVA_FLOAT, KvShape.PARTIAL_VALUES_AT))
                        .isEqualTo(one);
            }
        }
    }
}
