package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.jandaia.tensor.Activation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Norms, activations and the variants of attention, in every kernel set, against float64 loops written here. */
abstract class RowKernelsContract {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int[] LENGTHS = {1, 5, 8, 15, 16, 17, 31, 64, 100, 2048};

    final Kernels kernels = kernels();
    private final Random random = new Random(20_261_126);
    private Arena arena;

    abstract Kernels kernels();

    @BeforeEach
    @SuppressWarnings("MustBeClosedChecker") // closed after each test
    void open() {
        arena = Arena.ofConfined();
    }

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void layerNormIsRight() {
        for (int n : LENGTHS) {
            MemorySegment x = randomFloats(n + 1, 3);
            for (int i = 0; i <= n; i++) {
                x.setAtIndex(FLOAT, i, at(x, i) + 7); // a mean far from zero
            }
            MemorySegment weight = randomFloats(n, 1);
            for (MemorySegment bias : new MemorySegment[] {MemorySegment.NULL, randomFloats(n, 1)}) {
                MemorySegment out = randomFloats(n + 2, 1);
                kernels.layerNorm(x, 4, weight, bias, 1e-5f, n, out, 8);
                double mean = 0;
                for (int i = 0; i < n; i++) {
                    mean += at(x, i + 1) / (double) n;
                }
                double variance = 0;
                for (int i = 0; i < n; i++) {
                    variance += Math.pow(at(x, i + 1) - mean, 2) / n;
                }
                for (int i = 0; i < n; i++) {
                    double expected = (at(x, i + 1) - mean) / Math.sqrt(variance + 1e-5) * at(weight, i)
                            + (bias.byteSize() == 0 ? 0 : at(bias, i));
                    assertThat((double) at(out, i + 2)).isCloseTo(expected, within(2e-6 * (1 + Math.abs(expected))));
                }
                MemorySegment inPlace = arena.allocate((n + 1) * 4L, 64).copyFrom(x.asSlice(0, (n + 1) * 4L));
                kernels.layerNorm(inPlace, 4, weight, bias, 1e-5f, n, inPlace, 4);
                assertThat(inPlace.asSlice(4).mismatch(out.asSlice(8)))
                        .as("in place")
                        .isEqualTo(-1);
            }
        }
    }

    private static double exact(Activation f, double x) {
        return switch (f) {
            case SILU -> x / (1 + Math.exp(-x));
            case GELU -> x / 2 * (1 + series(x / Math.sqrt(2)));
            case GELU_TANH -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case GELU_QUICK -> x / (1 + Math.exp(-1.702 * x));
            case RELU -> Math.max(0, x);
            case RELU_SQUARED -> Math.pow(Math.max(0, x), 2);
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case TANH -> Math.tanh(x);
        };
    }

    /** erf as the integral of its derivative, by Simpson's rule. */
    private static double series(double x) {
        if (Math.abs(x) > 6) {
            return Math.signum(x);
        }
        int steps = 2000;
        double sum = 0;
        for (int i = 0; i < steps; i++) {
            double a = x * i / steps;
            double b = x * (i + 1) / steps;
            double m = (a + b) / 2;
            sum += (b - a) / 6 * (Math.exp(-a * a) + 4 * Math.exp(-m * m) + Math.exp(-b * b));
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void activationsAreRight(Activation f) {
        for (int n : new int[] {1, 15, 16, 17, 100}) {
            MemorySegment x = randomFloats(n + 1, 4);
            MemorySegment up = randomFloats(n + 1, 1);
            MemorySegment gated = arena.allocate((n + 1) * 4L, 64).copyFrom(x);
            float[] before = x.toArray(FLOAT);
            kernels.activate(f, x, 4, n);
            kernels.gate(f, gated, 4, up, 4, n);
            assertThat(at(x, 0)).isEqualTo(before[0]);
            for (int i = 1; i <= n; i++) {
                double expected = exact(f, before[i]);
                assertThat((double) at(x, i))
                        .as("%s(%s)", f, before[i])
                        .isCloseTo(expected, within(2e-6 * Math.abs(expected) + 6e-7));
                assertThat(at(gated, i)).isEqualTo(at(x, i) * at(up, i));
            }
        }
    }

    /** However large, no activation becomes what its limit is not. */
    @ParameterizedTest
    @EnumSource(Activation.class)
    void activationsOfLargeNumbers(Activation f) {
        float[] large = {-1e4f, -100, -30, -10, 0, -0f, 10, 30, 100, 1e4f};
        for (float v : large) {
            MemorySegment x = arena.allocate(4, 64);
            x.setAtIndex(FLOAT, 0, v);
            kernels.activate(f, x, 0, 1);
            double expected = exact(f, v);
            assertThat((double) at(x, 0))
                    .as("%s(%s)", f, v)
                    .isCloseTo(expected, within(1e-6 * Math.abs(expected) + 1e-6));
        }
    }

    /** A number's result does not depend on where in the row it stands. */
    @ParameterizedTest
    @EnumSource(Activation.class)
    void activationsAreTheSameInBodyAndTail(Activation f) {
        MemorySegment all = randomFloats(64, 3);
        MemorySegment single = arena.allocate(64 * 4L, 64).copyFrom(all);
        kernels.activate(f, all, 0, 64);
        for (int i = 0; i < 64; i++) {
            kernels.activate(f, single, i * 4L, 1);
        }
        assertThat(all.mismatch(single)).isEqualTo(-1);
    }

    @Test
    void scalingAndCapping() {
        for (int n : LENGTHS) {
            MemorySegment x = randomFloats(n + 1, 20);
            float[] before = x.toArray(FLOAT);
            MemorySegment sum = randomFloats(n + 2, 1);
            float[] addends = sum.toArray(FLOAT);
            kernels.addScaled(sum, 8, x, 4, 0.7f, n);
            for (int i = 1; i <= n; i++) {
                assertThat(at(sum, i + 1)).isEqualTo(Math.fma(0.7f, before[i], addends[i + 1]));
            }
            kernels.scale(x, 4, 0.3f, n);
            for (int i = 1; i <= n; i++) {
                assertThat(at(x, i)).isEqualTo(before[i] * 0.3f);
            }
            MemorySegment clamped = arena.allocate((n + 1) * 4L, 64).copyFrom(x);
            kernels.clamp(clamped, 4, -3, 2, 1, n);
            for (int i = 1; i <= n; i++) {
                assertThat(at(clamped, i)).isEqualTo(Math.min(Math.max(at(x, i), -3), 2) + 1);
            }
            kernels.softCap(x, 4, 5, n);
            for (int i = 1; i <= n; i++) {
                double expected = 5 * Math.tanh((double) (before[i] * 0.3f) / 5);
                assertThat((double) at(x, i)).isCloseTo(expected, within(3e-6));
            }
        }
    }

    @Test
    void attentionWithCapBiasAndSink() {
        KvShape shape = new KvShape(2, 24, 20);
        int positions = 75;
        MemorySegment[] pages = new MemorySegment[3];
        float[][] keys = new float[positions][];
        float[][] values = new float[positions][];
        for (int p = 0; p < positions; p++) {
            if (p % KvShape.PAGE == 0) {
                pages[p / KvShape.PAGE] = arena.allocate(shape.pageBytes(), 64);
            }
            MemorySegment key = randomFloats(48, 1);
            MemorySegment value = randomFloats(40, 1);
            keys[p] = key.asSlice(96).toArray(FLOAT);
            values[p] = value.asSlice(80).toArray(FLOAT);
            kernels.storeKv(shape, key, 0, value, 0, pages[p / KvShape.PAGE], 0, p % KvShape.PAGE);
        }
        MemorySegment q = randomFloats(48, 1);
        MemorySegment bias = randomFloats(1 + 2 * positions, 1);
        for (float cap : new float[] {0, 2}) {
            for (float sink : new float[] {Float.NEGATIVE_INFINITY, 1.5f}) {
                for (boolean biased : new boolean[] {false, true}) {
                    MemorySegment partial = arena.allocate(2 * 2 * 22 * 4L, 64);
                    int[] ends = {3, 40, positions};
                    for (int s = 0; s < 2; s++) {
                        kernels.attend(
                                shape,
                                1,
                                pages,
                                0,
                                ends[s],
                                ends[s + 1],
                                q,
                                0,
                                2,
                                new Scoring(0.7f, cap),
                                biased ? bias : MemorySegment.NULL,
                                4 + ends[s] * 4L,
                                positions * 4L,
                                partial,
                                s * 176L);
                    }
                    for (int h = 0; h < 2; h++) {
                        MemorySegment out = arena.allocate(80, 64);
                        kernels.mergeAttention(partial, h * 88L, 2 * 88, 2, sink, 20, out, 0);
                        double[] scores = new double[positions];
                        double sum = Math.exp(sink);
                        for (int p = 3; p < positions; p++) {
                            for (int d = 0; d < 24; d++) {
                                scores[p] += 0.7 * at(q, h * 24 + d) * keys[p][d];
                            }
                            scores[p] = cap > 0 ? cap * Math.tanh(scores[p] / cap) : scores[p];
                            scores[p] += biased ? at(bias, 1 + h * positions + p) : 0;
                            sum += Math.exp(scores[p]);
                        }
                        for (int i = 0; i < 20; i++) {
                            double expected = 0;
                            for (int p = 3; p < positions; p++) {
                                expected += Math.exp(scores[p]) / sum * values[p][i];
                            }
                            assertThat((double) at(out, i))
                                    .as("cap %s, sink %s, bias %s, head %d", cap, sink, biased, h)
                                    .isCloseTo(expected, within(5e-6));
                        }
                    }
                }
            }
        }
    }

    private MemorySegment randomFloats(int n, float scale) {
        MemorySegment out = arena.allocate(n * 4L, 64);
        for (int i = 0; i < n; i++) {
            out.setAtIndex(FLOAT, i, (float) random.nextGaussian() * scale);
        }
        return out;
    }

    private static float at(MemorySegment s, int i) {
        return s.getAtIndex(FLOAT, i);
    }
}
