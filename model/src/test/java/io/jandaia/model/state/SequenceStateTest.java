package io.jandaia.model.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.kernel.KvShape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SequenceStateTest {

    private static final KvShape SHAPE = new KvShape(1, 1, 1);
    private static final int[] WINDOWS = {0, 40};

    /** What a sequence should remember: a mark per position that can still be seen. */
    private record Expected(SequenceState state, List<Integer> marks) {}

    /** Random appends, forks, truncations and closings; every position must keep its own mark. */
    @Test
    void sharesPagesWithoutEverMixingSequences() {
        long seed = 20261123;
        Random random = new Random(seed);
        try (PagePool pool = new PagePool(new KvLayout(SHAPE, WINDOWS), 1 << 20)) {
            List<Expected> all = new ArrayList<>();
            all.add(new Expected(pool.open(), new ArrayList<>()));
            for (int step = 0; step < 4000; step++) {
                Expected e = all.get(random.nextInt(all.size()));
                switch (random.nextInt(10)) {
                    case 0 -> {
                        if (all.size() < 12) {
                            all.add(new Expected(e.state.fork(), new ArrayList<>(e.marks)));
                        }
                    }
                    case 1 -> truncate(e, random);
                    case 2 -> {
                        if (all.size() > 1) {
                            e.state.close();
                            all.remove(e);
                        }
                    }
                    default -> append(e, 1 + random.nextInt(40), random);
                }
                all.forEach(x -> check(x, "seed " + seed));
            }
            all.forEach(x -> x.state.close());
            assertThat(pool.usedBytes()).isZero();
        }
    }

    private static void append(Expected e, int n, Random random) {
        if (e.marks.size() > 300) {
            return;
        }
        e.state.reserve(n);
        for (int i = 0; i < n; i++) {
            int position = e.marks.size();
            int mark = random.nextInt();
            for (int layer = 0; layer < WINDOWS.length; layer++) {
                page(e.state, layer, position).set(ValueLayout.JAVA_INT, at(layer, e.state, position), mark);
            }
            e.marks.add(mark);
        }
        e.state.advance(n);
    }

    private static void truncate(Expected e, Random random) {
        int to = Math.max(0, e.marks.size() - random.nextInt(40));
        try {
            e.state.truncate(to);
        } catch (JandaiaException refused) {
            assertThat(refused).hasMessageContaining("window");
            return;
        }
        while (e.marks.size() > to) {
            e.marks.removeLast();
        }
    }

    private static void check(Expected e, String seed) {
        assertThat(e.state.length()).as(seed).isEqualTo(e.marks.size());
        for (int layer = 0; layer < WINDOWS.length; layer++) {
            int seen = WINDOWS[layer] == 0 ? 0 : Math.max(0, e.marks.size() - WINDOWS[layer] + 1);
            for (int p = seen; p < e.marks.size(); p++) {
                assertThat(page(e.state, layer, p).get(ValueLayout.JAVA_INT, at(layer, e.state, p)))
                        .as("%s, layer %d, position %d of %d", seed, layer, p, e.marks.size())
                        .isEqualTo(e.marks.get(p));
            }
        }
    }

    private static MemorySegment page(SequenceState s, int layer, int position) {
        return s.pages(layer)[position / KvShape.PAGE];
    }

    private static long at(int layer, SequenceState s, int position) {
        return s.layout().offset(layer) + position % KvShape.PAGE * 4L;
    }

    @Test
    void aFullPoolRefusesAndLosesNothing() {
        KvLayout layout = new KvLayout(SHAPE, new int[] {0});
        try (PagePool pool = new PagePool(layout, layout.bytes(64));
                SequenceState s = pool.open()) {
            s.reserve(64);
            s.advance(64);
            assertThatThrownBy(() -> s.reserve(1))
                    .isInstanceOf(JandaiaException.class)
                    .hasMessageContaining("Close a sequence");
            assertThat(s.length()).isEqualTo(64);
            s.truncate(32);
            try (SequenceState other = pool.open()) {
                other.reserve(32);
            }
        }
    }

    @Test
    void aFreshPageIsZero() {
        KvLayout layout = new KvLayout(SHAPE, new int[] {0});
        try (PagePool pool = new PagePool(layout, layout.bytes(32))) {
            SequenceState s = pool.open();
            s.reserve(32);
            page(s, 0, 0).fill((byte) 7);
            s.close();
            SequenceState again = pool.open();
            again.reserve(1);
            assertThat(page(again, 0, 0).toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
        }
    }

    /** A recurrent state is shared by forks until one goes on, cannot go back, and starts again from zeros. */
    @Test
    void recurrentStatesAreCopiedWhenOneGoesOn() {
        List<KvLayout.Layer> layers =
                List.of(new KvLayout.Layer(null, 0, 5), new KvLayout.Layer(SHAPE, 0), new KvLayout.Layer(null, 0, 3));
        KvLayout layout = new KvLayout(layers);
        try (PagePool pool = new PagePool(layout, 1 << 20)) {
            SequenceState a = pool.open();
            a.reserve(1);
            a.recurrent().setAtIndex(ValueLayout.JAVA_FLOAT, layout.offset(2) / 4 + 2, 7);
            a.advance(1);
            SequenceState b = a.fork();
            Snapshot kept = a.snapshot();
            a.reserve(1);
            a.recurrent().setAtIndex(ValueLayout.JAVA_FLOAT, layout.offset(2) / 4 + 2, 8);
            a.advance(1);
            assertThat(mark(layout, b)).isEqualTo(7);
            assertThat(mark(layout, a)).isEqualTo(8);
            a.truncate(2);
            assertThatThrownBy(() -> a.truncate(1))
                    .isInstanceOf(JandaiaException.class)
                    .hasMessageContaining("recurrent state");
            SequenceState again = kept.open();
            again.reserve(1);
            assertThat(mark(layout, again)).isEqualTo(7);
            a.truncate(0);
            a.reserve(1);
            assertThat(mark(layout, a)).isZero();
            again.close();
            kept.close();
            b.close();
            a.close();
            assertThat(pool.usedBytes()).isZero();
        }
    }

    private static float mark(KvLayout layout, SequenceState s) {
        return s.recurrent().getAtIndex(ValueLayout.JAVA_FLOAT, layout.offset(2) / 4 + 2);
    }
}
