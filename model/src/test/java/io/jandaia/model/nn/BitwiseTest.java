package io.jandaia.model.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.RopeSpec;
import io.jandaia.model.state.SequenceState;
import io.jandaia.model.state.Snapshot;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.KernelSets;
import io.jandaia.tensor.kernel.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The contract that everything above leans on: a token's hidden state is the same to the bit whether its sequence is
 * alone or among others, for any chunking, number of threads, fork, truncation or snapshot.
 */
class BitwiseTest {

    private static final int[] FULL = {0, 0};
    private static final int[] WINDOWED = {0, 24, 24};

    static Stream<Setting> settings() {
        List<Setting> out = new ArrayList<>();
        for (Kernels k : KernelSets.available()) {
            for (ElementType type : List.of(ElementType.F32, ElementType.BF16, ElementType.F16, ElementType.Q8_0)) {
                out.add(new Setting(k, type, FULL, new RopeSpec.None(), Numerics.EXACT));
            }
            out.add(new Setting(k, ElementType.Q4_0, WINDOWED, new RopeSpec.None(), Numerics.EXACT));
            out.add(new Setting(k, ElementType.F32, WINDOWED, new RopeSpec.Dynamic(4, 64), Numerics.EXACT));
            if (k.usual() == Numerics.FAST) {
                out.add(new Setting(k, ElementType.Q8_0, FULL, new RopeSpec.None(), Numerics.FAST));
                out.add(new Setting(k, ElementType.Q4_0, WINDOWED, new RopeSpec.None(), Numerics.FAST));
                out.add(new Setting(k, ElementType.BF16, WINDOWED, new RopeSpec.None(), Numerics.FAST));
            }
        }
        return out.stream();
    }

    record Setting(Kernels kernels, ElementType type, int[] windows, RopeSpec.Scaling scaling, Numerics numerics) {
        TinyDecoder open(int threads) {
            return new TinyDecoder(type, windows, kernels, threads, 64L << 20, scaling, numerics);
        }

        @Override
        public String toString() {
            return kernels.name() + " " + numerics + " " + type + " " + Arrays.toString(windows) + " " + scaling;
        }
    }

    /** The hidden states of a sequence computed alone, in one call, by one thread. */
    private static float[][] reference(Setting setting, int[] tokens) {
        try (TinyDecoder d = setting.open(1);
                SequenceState s = d.pool.open()) {
            s.reach(tokens.length);
            s.reserve(tokens.length);
            return rows(d.decoder.forward(Batch.of(s, tokens), d.ops), 0, tokens.length);
        }
    }

    private static float[][] rows(Matrix m, int from, int count) {
        float[][] out = new float[count][];
        for (int i = 0; i < count; i++) {
            out[i] = m.row(from + i);
        }
        return out;
    }

    private static void assertSame(float[][] found, float[][] expected, int from, String where) {
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).as("%s, position %d", where, from + i).isEqualTo(expected[from + i]);
        }
    }

    @ParameterizedTest
    @MethodSource("settings")
    void fourSequencesOfDifferentLengthsInAnyChunksAndThreads(Setting setting) {
        int[] lengths = {1, 37, 90, 64};
        float[][][] expected = new float[lengths.length][][];
        for (int i = 0; i < lengths.length; i++) {
            expected[i] = reference(setting, TinyDecoder.tokens(lengths[i], i));
        }
        for (int threads : new int[] {1, 2, 5}) {
            long seed = 100L + threads;
            Random random = new Random(seed);
            try (TinyDecoder d = setting.open(threads)) {
                List<SequenceState> states = new ArrayList<>();
                for (int length : lengths) {
                    SequenceState s = d.pool.open();
                    s.reach(length);
                    states.add(s);
                }
                while (true) {
                    Batch.Builder builder = Batch.builder();
                    List<Integer> members = new ArrayList<>();
                    for (int i = 0; i < lengths.length; i++) {
                        int left = lengths[i] - states.get(i).length();
                        int n = Math.min(left, random.nextInt(34));
                        if (n > 0) {
                            int from = states.get(i).length();
                            states.get(i).reserve(n);
                            int[] tokens = TinyDecoder.tokens(lengths[i], i);
                            builder.add(states.get(i), Arrays.copyOfRange(tokens, from, from + n));
                            members.add(i);
                        }
                    }
                    if (members.isEmpty()) {
                        if (states.stream().mapToInt(SequenceState::length).sum() == 192) {
                            break;
                        }
                        continue;
                    }
                    Batch batch = builder.build();
                    Matrix hidden = d.decoder.forward(batch, d.ops);
                    for (int m = 0; m < members.size(); m++) {
                        Batch.Slice slice = batch.slices().get(m);
                        assertSame(
                                rows(hidden, slice.row(), slice.count()),
                                expected[members.get(m)],
                                slice.position(),
                                "seed " + seed + ", sequence " + members.get(m));
                    }
                }
                states.forEach(SequenceState::close);
                assertThat(d.pool.usedBytes()).isZero();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("settings")
    void forkTruncateAndSnapshotGoOnAsIfComputedAtOnce(Setting setting) {
        int[] a = TinyDecoder.tokens(80, 1);
        int[] b = a.clone();
        int[] other = TinyDecoder.tokens(80, 2);
        System.arraycopy(other, 50, b, 50, 30);
        float[][] expectedA = reference(setting, a);
        float[][] expectedB = reference(setting, b);
        try (TinyDecoder d = setting.open(2)) {
            SequenceState first = d.pool.open();
            first.reach(80);
            run(d, first, a, 0, 50);
            Snapshot snapshot = first.snapshot();
            SequenceState second = first.fork();
            assertSame(run(d, first, a, 50, 80), expectedA, 50, "the first after a fork");
            assertSame(run(d, second, b, 50, 80), expectedB, 50, "the fork");
            second.truncate(60);
            assertSame(run(d, second, b, 60, 80), expectedB, 60, "after a truncation");
            first.close();
            second.close();
            SequenceState third = snapshot.open();
            assertSame(run(d, third, b, 50, 80), expectedB, 50, "from the snapshot");
            third.close();
            snapshot.close();
            assertThat(d.pool.usedBytes()).isZero();
        }
    }

    private static float[][] run(TinyDecoder d, SequenceState s, int[] tokens, int from, int to) {
        s.reserve(to - from);
        Matrix hidden = d.decoder.forward(Batch.of(s, Arrays.copyOfRange(tokens, from, to)), d.ops);
        return rows(hidden, 0, to - from);
    }

    @Test
    void spansOfAttentionDoNotDependOnHowManyQueriesThereAre() {
        Kernels k = KernelSets.available().getLast();
        Setting setting = new Setting(k, ElementType.F32, FULL, new RopeSpec.None(), Numerics.EXACT);
        int[] tokens = TinyDecoder.tokens(1100, 3);
        float[][] expected = reference(setting, tokens);
        try (TinyDecoder d = setting.open(3);
                SequenceState s = d.pool.open()) {
            s.reach(1100);
            run(d, s, tokens, 0, 1099);
            assertSame(run(d, s, tokens, 1099, 1100), expected, 1099, "one query over three spans");
        }
    }

    @Test
    void windowsBoundTheState() {
        Kernels k = KernelSets.available().getFirst();
        try (TinyDecoder d = new TinyDecoder(ElementType.F32, new int[] {24, 24}, k, 1);
                SequenceState s = d.pool.open()) {
            int[] tokens = TinyDecoder.tokens(400, 3);
            int most = 0;
            for (int i = 0; i < 400; i += 8) {
                run(d, s, tokens, i, i + 8);
                most = Math.max(most, s.pageCount());
            }
            assertThat(most).isLessThanOrEqualTo(2);
            assertThatThrownBy(() -> s.truncate(100))
                    .isInstanceOf(JandaiaException.class)
                    .hasMessageContaining("a window has dropped");
        }
    }
}
