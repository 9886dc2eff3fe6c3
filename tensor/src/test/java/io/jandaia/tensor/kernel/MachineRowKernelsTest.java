package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jandaia.tensor.Activation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Rows in machine code: right, and of the vector kernels' bits, which the portable kernels of 512 bits need not be here for. */
class MachineRowKernelsTest extends RowKernelsContract {

    private static final int[] LENGTHS = {1, 2, 15, 16, 17, 32, 33, 63, 64, 100};
    private static final float[] EXTREMES = {
        0f,
        -0f,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        1e-30f,
        87,
        -87,
        88,
        -88,
        89,
        -104,
        1e4f,
        -1e4f,
        3e38f,
        -3e38f,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.NaN
    };

    private final VectorKernels vector = new VectorKernels();

    @BeforeAll
    static void machineCodeMustRunHere() {
        assumeTrue(MachineKernels.runsHere(), "This processor has no AVX-512 VNNI.");
        VectorKernelsTest.vectorsMustRunHere();
    }

    @Override
    Kernels kernels() {
        return MachineKernels.avx512();
    }

    private static MemorySegment row(Arena arena, int n, SplittableRandom random) {
        MemorySegment row = GuardedMemory.allocate(arena, n * 4L, random.nextBoolean());
        for (int i = 0; i < n; i++) {
            float x = random.nextInt(3) == 0
                    ? EXTREMES[random.nextInt(EXTREMES.length)]
                    : (float) (random.nextDouble(-1, 1) * Math.pow(10, random.nextInt(-3, 3)));
            row.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, x);
        }
        return row;
    }

    private static MemorySegment copy(Arena arena, MemorySegment row) {
        return GuardedMemory.allocate(arena, row.byteSize(), true).copyFrom(row);
    }

    /** NaNs are one number: which one an instruction gives depends on the order of its operands. */
    private static int[] bits(MemorySegment row) {
        float[] x = row.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        int[] bits = new int[x.length];
        for (int i = 0; i < x.length; i++) {
            bits[i] = Float.floatToIntBits(x[i]);
        }
        return bits;
    }

    @Test
    void bitsAreThoseOfTheVectorKernels() {
        SplittableRandom random = new SplittableRandom(20_261_127);
        for (int round = 0; round < 60; round++) {
            int n = LENGTHS[round % LENGTHS.length];
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment x = row(arena, n, random);
                MemorySegment y = row(arena, n, random);
                for (Activation f : Activation.values()) {
                    MemorySegment a = copy(arena, x);
                    MemorySegment b = copy(arena, x);
                    kernels.activate(f, a, 0, n);
                    vector.activate(f, b, 0, n);
                    assertThat(bits(a)).as("%s of %d", f, n).isEqualTo(bits(b));
                    a.copyFrom(x);
                    b.copyFrom(x);
                    kernels.gate(f, a, 0, y, 0, n);
                    vector.gate(f, b, 0, y, 0, n);
                    assertThat(bits(a)).as("gate %s of %d", f, n).isEqualTo(bits(b));
                }
                MemorySegment a = copy(arena, x);
                MemorySegment b = copy(arena, x);
                kernels.add(a, 0, y, 0, n);
                vector.add(b, 0, y, 0, n);
                assertThat(bits(a)).as("sum of %d", n).isEqualTo(bits(b));
                a.copyFrom(x);
                b.copyFrom(x);
                kernels.addScaled(a, 0, y, 0, 0.7f, n);
                vector.addScaled(b, 0, y, 0, 0.7f, n);
                assertThat(bits(a)).as("scaled sum of %d", n).isEqualTo(bits(b));
                ((MachineKernels) kernels).divide(a.address(), 0.7f, n);
                vector.divide(b.address(), 0.7f, n);
                assertThat(bits(a)).as("quotient of %d", n).isEqualTo(bits(b));
                kernels.rmsNorm(x, 0, y, 1e-5f, n, a, 0);
                vector.rmsNorm(x, 0, y, 1e-5f, n, b, 0);
                assertThat(bits(a)).as("norm of %d", n).isEqualTo(bits(b));
                int rotary = n / 2 * 2;
                if (rotary > 0) {
                    a.copyFrom(x);
                    b.copyFrom(x);
                    kernels.rope(a, 0, rotary, false, y, 0);
                    vector.rope(b, 0, rotary, false, y, 0);
                    assertThat(bits(a)).as("rotation of %d", n).isEqualTo(bits(b));
                }
            }
        }
    }
}
