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

/** Norms and activations, in every kernel set, against float64 loops written here. */
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
