package io.jandaia.model.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WorkspaceTest {

    private record Taken(MemorySegment memory, byte mark) {}

    /** Batches of random operations that take memory, call others and give back what they took. */
    @Test
    void whatIsTakenBelongsToOneOperation() {
        Random random = new Random(1);
        try (Workspace workspace = new Workspace()) {
            for (int batch = 0; batch < 60; batch++) {
                workspace.reset();
                List<Taken> all = new ArrayList<>();
                Deque<long[]> marks = new ArrayDeque<>();
                for (int step = 0; step < 300; step++) {
                    if (random.nextInt(3) == 0 && !marks.isEmpty()) {
                        long[] mark = marks.pop();
                        while (all.size() > mark[1]) {
                            Taken t = all.removeLast();
                            assertThat(t.memory.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo(t.mark);
                            assertThat(t.memory.get(ValueLayout.JAVA_BYTE, t.memory.byteSize() - 1))
                                    .isEqualTo(t.mark);
                        }
                        workspace.release(mark[0]);
                    } else if (random.nextInt(3) == 0) {
                        marks.push(new long[] {workspace.mark(), all.size()});
                    } else {
                        long bytes = 1L + random.nextInt(random.nextInt(5) == 0 ? 1 << 20 : 3000);
                        MemorySegment memory = workspace.take(bytes);
                        assertThat(memory.byteSize()).isEqualTo(bytes);
                        assertThat(memory.address() % 64).isZero();
                        byte mark = (byte) random.nextInt();
                        memory.fill(mark);
                        all.add(new Taken(memory, mark));
                    }
                }
            }
        }
    }

    /** A first large batch of many layers needs the memory of one layer, not of all. */
    @Test
    void layersUseTheSameMemoryFromTheFirstBatchOn() {
        try (Workspace workspace = new Workspace()) {
            Set<Long> places = new HashSet<>();
            workspace.take(100);
            for (int layer = 0; layer < 50; layer++) {
                long mark = workspace.mark();
                places.add(workspace.take(3 << 20).address());
                places.add(workspace.take(5 << 20).address());
                workspace.release(mark);
            }
            assertThat(places).hasSizeLessThanOrEqualTo(4);
        }
    }

    @Test
    void theNextBatchFindsOnePiece() {
        try (Workspace workspace = new Workspace()) {
            for (int i = 0; i < 4; i++) {
                workspace.take(1 << 20);
            }
            workspace.reset();
            long first = workspace.take(1 << 20).address();
            for (int i = 1; i < 4; i++) {
                assertThat(workspace.take(1 << 20).address()).isEqualTo(first + ((long) i << 20));
            }
        }
    }
}
