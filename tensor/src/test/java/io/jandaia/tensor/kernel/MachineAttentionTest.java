package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@EnabledIf(value = "runsHere", disabledReason = "not run: this processor lacks what the kernels need")
class MachineAttentionTest extends AttentionContract {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    static boolean runsHere() {
        return MachineKernels.runsHere();
    }

    @Override
    Kernels kernels() {
        return MachineKernels.avx512();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void touchesNothingBesideItsMemory(KvShape shape) {
        Random random = new Random(3);
        for (boolean atEnd : new boolean[] {true, false}) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment[] pages = new MemorySegment[3];
                for (int p = 0; p < 96; p++) {
                    if (p % KvShape.PAGE == 0) {
                        pages[p / KvShape.PAGE] = GuardedMemory.allocate(arena, shape.pageBytes(), atEnd);
                    }
                    MemorySegment key = numbers(arena, shape.kvHeads() * shape.keyDim(), atEnd, random);
                    MemorySegment value = numbers(arena, shape.kvHeads() * shape.valueDim(), atEnd, random);
                    kernels.storeKv(shape, key, 0, value, 0, pages[p / KvShape.PAGE], 0, p % KvShape.PAGE);
                }
                for (int heads : new int[] {1, 3, 8, 11}) {
                    int[] from = {0, 5, 6};
                    int[] to = {90, 91, 96};
                    MemorySegment q = numbers(arena, 3 * heads * shape.keyDim(), atEnd, random);
                    QueryRows rows = new QueryRows(q, 0, (long) heads * shape.keyDim() * 4, heads, from, to);
                    MemorySegment partial = GuardedMemory.allocate(arena, 3L * heads * shape.partialBytes(), atEnd);
                    MemorySegment scratch = GuardedMemory.allocate(
                            arena, Math.max(1, kernels.attendScratchBytes(shape, 3 * heads)), atEnd);
                    Scoring scoring = scoring(0.1f, 0);
                    for (int kvHead = 0; kvHead < shape.kvHeads(); kvHead++) {
                        kernels.attend(shape, kvHead, pages, 0, rows, scoring, partial, 0, scratch);
                    }
                }
            }
        }
    }

    /** Weights are those of {@link Exp}: with one key that is zero but for a number, scores can be chosen. */
    @ParameterizedTest
    @EnumSource(KvType.class)
    void weightsHaveTheBitsOfExp(KvType type) {
        KvShape shape = new KvShape(1, 1, 16, type);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(shape.pageBytes(), 64);
            MemorySegment key = arena.allocate(4);
            MemorySegment value = arena.allocate(64);
            for (float score = -100; score < 0; score += 0.37f) {
                key.set(FLOAT, 0, 1);
                value.fill((byte) 0);
                kernels.storeKv(shape, key, 0, value, 0, page, 0, 0);
                key.set(FLOAT, 0, 0);
                value.set(FLOAT, 0, 1);
                kernels.storeKv(shape, key, 0, value, 0, page, 0, 1);
                // The first key's score is -score, the second's 0; the second's weight is what becomes of the values.
                MemorySegment q = arena.allocate(4);
                q.set(FLOAT, 0, -score);
                MemorySegment partial = arena.allocate(shape.partialBytes(), 64);
                MemorySegment scratch = arena.allocate(kernels.attendScratchBytes(shape, 1), 64);
                QueryRows rows = new QueryRows(q, 0, 4, 1, new int[] {0}, new int[] {2});
                kernels.attend(shape, 0, new MemorySegment[] {page}, 0, rows, scoring(1, 0), partial, 0, scratch);
                float max = partial.get(FLOAT, 0);
                assertThat(partial.get(FLOAT, KvShape.PARTIAL_VALUES_AT)).isEqualTo(Exp.exp(-max));
                assertThat(partial.get(FLOAT, 4)).isEqualTo(1 + Exp.exp(-max));
            }
        }
    }

    private static MemorySegment numbers(Arena arena, int n, boolean atEnd, Random random) {
        MemorySegment m = GuardedMemory.allocate(arena, n * 4L, atEnd);
        for (int i = 0; i < n; i++) {
            m.set(FLOAT, i * 4L, (float) random.nextGaussian());
        }
        return m;
    }
}
