package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.tensor.Blocks;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.kernel.asm.CpuFeatures;
import io.jandaia.tensor.kernel.packed.InstructionSet;
import io.jandaia.tensor.kernel.packed.PackedFormat;
import io.jandaia.tensor.kernel.packed.PackedRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * All kernel sets in machine code get the same bits; only which NaN a NaN is may differ. Everything they read or write lies
 * between pages that nobody may touch.
 */
class MachineKernelsBitsTest {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private final Random random = new Random(11);

    private enum Numbers {
        ORDINARY,
        /** Weights of any bits, activations that are hard to quantise. */
        ANY,
        /** Codes as far from zero as they can be, all of one sign: sums of few bits are fullest. */
        FULLEST
    }

    /** The sets that run here, AVX-VNNI among them. */
    static List<Kernels> sets() {
        List<Kernels> sets = new ArrayList<>();
        for (InstructionSet set : InstructionSet.values()) {
            if (set.obstacle(CpuFeatures.here()) == null) {
                sets.add(MachineKernels.of(set));
            }
        }
        return sets;
    }

    @ParameterizedTest
    @EnumSource(PackedFormat.class)
    void sameBits(PackedFormat format) {
        for (int tokens : new int[] {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 25, 33, 40}) {
            compare(format, 1 + random.nextInt(50), tokens);
        }
        compare(format, 50 + random.nextInt(100), 275);
    }

    @Tag("long")
    @ParameterizedTest
    @EnumSource(PackedFormat.class)
    void sameBitsOfManyShapes(PackedFormat format) {
        for (int tokens = 1; tokens <= 64; tokens++) {
            for (int n = 0; n < 4; n++) {
                compare(format, 1 + random.nextInt(100), tokens);
            }
        }
    }

    private void compare(PackedFormat format, int rows, int tokens) {
        for (Numbers numbers : Numbers.values()) {
            compare(format, rows, tokens, numbers, random.nextBoolean());
        }
    }

    private void compare(PackedFormat format, int rows, int tokens, Numbers numbers, boolean atEnd) {
        ElementType type = ElementType.valueOf(format.name());
        try (Arena arena = Arena.ofShared()) {
            int cols = type.blockElements() * (1 + random.nextInt(type.blockElements() == 32 ? 9 : 3));
            MemorySegment data = arena.allocate(rows * type.bytes(cols), 64);
            if (numbers == Numbers.ANY) {
                // Codes of -128, scales that are infinite or not numbers.
                for (long i = 0; i < data.byteSize(); i++) {
                    data.set(ValueLayout.JAVA_BYTE, i, (byte) (random.nextInt(4) == 0 ? -128 : random.nextInt()));
                }
            } else {
                Blocks.write(type, floats(arena, rows * cols, atEnd), data, random);
            }
            if (numbers == Numbers.FULLEST) {
                fill(type, data, (byte) new int[] {0, -1, 127, -128}[random.nextInt(4)]);
            }
            MemorySegment packed = GuardedMemory.allocate(arena, format.bytes(rows, cols), atEnd);
            PackedRows.pack(new StoredTensor("w", type, new long[] {rows, cols}, data), format, packed);
            PackedRows w = new PackedRows(rows, cols, type, format, packed);
            Matrix x = new Matrix(floats(arena, tokens * cols, atEnd), tokens, cols);
            switch (numbers) {
                case ORDINARY -> {}
                case ANY -> extremes(x);
                case FULLEST -> {
                    float one = random.nextBoolean() ? 1 : -1;
                    for (int i = 0; i < tokens * cols; i++) {
                        x.set(i / cols, i % cols, random.nextInt(100) == 0 ? -one : one);
                    }
                }
            }
            int from = random.nextInt(rows);
            int to = random.nextBoolean() ? rows : from + random.nextInt(rows - from + 1);
            int[] expected = {};
            for (Kernels kernels : sets()) {
                int[] bits = product(kernels, arena, w, x, from, to, atEnd);
                if (expected.length == 0) {
                    expected = bits;
                }
                assertThat(bits)
                        .as("%s %s rows %d to %d of [%d, %d] x %d", kernels.name(), type, from, to, rows, cols, tokens)
                        .isEqualTo(expected);
            }
        }
    }

    /** Sets the bytes of a file's blocks that hold codes, and leaves the scales. */
    private static void fill(ElementType type, MemorySegment data, byte value) {
        int from = switch (type) {
            case Q6_K -> 0;
            case Q4_1, Q5_1 -> 4;
            case IQ4_XS -> 8;
            case Q4_K, Q5_K -> 16;
            default -> 2;
        };
        int bytes = (int) type.bytes(type.blockElements());
        int to = type == ElementType.Q6_K ? bytes - 18 : bytes;
        for (long block = 0; block < data.byteSize(); block += bytes) {
            data.asSlice(block + from, to - from).fill(value);
        }
    }

    private void extremes(Matrix x) {
        float[] values = {Float.NaN, Float.POSITIVE_INFINITY, -Float.MAX_VALUE, Float.MIN_VALUE, -1e-39f, 3e38f, 0, -0f
        };
        for (int t = 0; t < x.rows(); t++) {
            for (int b = 0; b < x.cols(); b += 32) {
                int kind = random.nextInt(12);
                for (int k = b; k < b + 32; k++) {
                    // Equal sizes make every code 127 or -127, where sums of 16 bits are fullest.
                    if (kind < 4) {
                        x.set(t, k, kind < 2 ? kind - 0.5f : random.nextBoolean() ? 1 : -1);
                    } else if (kind < 6) {
                        x.set(t, k, values[2 + random.nextInt(6)]);
                    }
                }
                if (kind >= 10) {
                    x.set(t, b + random.nextInt(32), values[kind - 10]);
                }
            }
        }
    }

    private static int[] product(
            Kernels kernels, Arena arena, PackedRows w, Matrix x, int from, int to, boolean atEnd) {
        MemorySegment quantized = GuardedMemory.allocate(arena, kernels.quantizedBytes(w, x.rows()), atEnd);
        kernels.quantize(w, x, 0, x.rows(), quantized);
        MemorySegment data = GuardedMemory.allocate(arena, 4L * x.rows() * w.rows(), atEnd);
        Matrix out = new Matrix(data, x.rows(), w.rows());
        MemorySegment scratch = GuardedMemory.allocate(arena, kernels.scratchBytes(w), atEnd);
        scratch.fill((byte) 0xFF); // not numbers
        kernels.gemm(w, x, quantized, from, to, out, 0, scratch);
        int[] bits = new int[x.rows() * w.rows()];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToIntBits(data.getAtIndex(FLOAT, i));
        }
        return bits;
    }

    private MemorySegment floats(Arena arena, int n, boolean atEnd) {
        MemorySegment out = GuardedMemory.allocate(arena, n * 4L, atEnd);
        for (int i = 0; i < n; i++) {
            out.setAtIndex(FLOAT, i, (float) random.nextGaussian());
        }
        return out;
    }
}
