package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.Blocks;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every kernel set must do; expected values come from float64 loops written here. */
abstract class KernelsContract {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    static final MemorySegment NONE = MemorySegment.NULL;
    private static final long SEED = 20_251_123;

    final Kernels kernels = kernels();
    private final Random random = new Random(SEED);
    private Arena arena;

    abstract Kernels kernels();

    @BeforeEach
    @SuppressWarnings("MustBeClosedChecker") // closed after each test
    void open() {
        arena = Arena.ofConfined();
        System.out.println(getClass().getSimpleName() + " seed " + SEED);
    }

    @AfterEach
    void close() {
        arena.close();
    }

    static Stream<ElementType> types() {
        return Stream.of(ElementType.values()).filter(ElementType::computable);
    }

    /** The multiple of the type's block that is not less than {@code n}. */
    private static int whole(ElementType type, int n) {
        int block = type.blockElements();
        return (n + block - 1) / block * block;
    }

    private static int[] columns(ElementType type) {
        return switch (type.blockElements()) {
            case 1 -> new int[] {1, 7, 16, 31, 32, 33, 100, 257, 2065};
            case 32 -> new int[] {32, 64, 96, 320, 2080};
            default -> new int[] {256, 512, 768, 2304};
        };
    }

    // ---- products ----

    @ParameterizedTest
    @MethodSource("types")
    void productsAreRight(ElementType type) {
        for (int cols : columns(type)) {
            for (int rows : new int[] {1, 3, 4, 9, 37}) {
                PackedMatrix w = weight(type, rows, cols, 1, Numerics.EXACT);
                for (int tokens : new int[] {1, 2, 3, 5, 6, 7, 12, 17, 64}) {
                    check(w, matrix(tokens, cols), "%s [%d, %d] x %d".formatted(type, rows, cols, tokens));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void decodedRowsAreTheFormats(ElementType type) {
        for (Numerics numerics : Numerics.values()) {
            for (int cols : columns(type)) {
                PackedMatrix w = weight(type, 21, cols, 1, numerics);
                assertThat(w.rows()).isEqualTo(21);
                assertThat(w.cols()).isEqualTo(cols);
                assertThat(w.type()).isEqualTo(type);
                if (numerics == Numerics.EXACT) {
                    assertThat(w.bytes()).isEqualTo(21 * type.bytes(cols));
                }
                MemorySegment row = floats(cols + 2);
                for (int r = 0; r < 21; r++) {
                    w.decodeRow(r, row, 8);
                    assertThat(array(row, 8, cols)).isEqualTo(decoded(w)[r]);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void extremeWeights(ElementType type) {
        int cols = whole(type, 64);
        for (float scale : new float[] {1e-7f, 6e-5f, 1e-3f, 300, 1500}) {
            PackedMatrix w = weight(type, 6, cols, scale, Numerics.EXACT);
            check(w, matrix(1, cols), type + " scale " + scale);
            check(w, matrix(7, cols), type + " scale " + scale);
        }
    }

    /** Every bit pattern of a block: fifth bits, signs, scales that are subnormal, negative, infinite or not numbers. */
    @ParameterizedTest
    @MethodSource("types")
    void anyBitsDecodeAsTheFormatSays(ElementType type) {
        int cols = whole(type, 64);
        int rows = 2048;
        MemorySegment data = arena.allocate(rows * type.bytes(cols), 64);
        for (long i = 0; i < data.byteSize(); i++) {
            data.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
        }
        StoredTensor tensor = new StoredTensor("w", type, new long[] {rows, cols}, data);
        PackedMatrix w = kernels.pack(tensor, Numerics.EXACT);
        float[] decoded = tensor.toFloats();
        // A token that is 1 at one place picks one number of each row; a NaN elsewhere in the row hides it.
        for (int k : new int[] {0, 1, 15, 16, 31, 32, 40, 63}) {
            for (int tokens : new int[] {1, 4}) {
                Matrix x = Matrix.allocate(arena, tokens, cols);
                x.set(tokens - 1, k, 1);
                Matrix out = multiply(w, x);
                for (int r = 0; r < rows; r++) {
                    boolean finite = true;
                    for (int i = 0; i < cols; i++) {
                        finite &= Float.isFinite(decoded[r * cols + i]);
                    }
                    float found = out.get(tokens - 1, r);
                    if (finite) {
                        assertThat(found + 0f)
                                .as("%s row %d column %d", type, r, k)
                                .isEqualTo(decoded[r * cols + k] + 0f);
                    } else {
                        assertThat(Float.isFinite(found))
                                .as("%s row %d", type, r)
                                .isFalse();
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void theSameBitsAloneInABatchAndForAnyRows(ElementType type) {
        for (Numerics numerics : Numerics.values()) {
            for (int cols : new int[] {whole(type, type.quantized() ? 96 : 77), whole(type, 1056)}) {
                int rows = 43;
                int tokens = 17;
                PackedMatrix w = weight(type, rows, cols, 1, numerics);
                Matrix x = matrix(tokens, cols);
                Matrix all = multiply(w, x);
                for (int t = 0; t < tokens; t++) {
                    Matrix one = new Matrix(x.data().asSlice(x.offset(t), cols * 4L), 1, cols);
                    assertThat(multiply(w, one).row(0)).isEqualTo(all.row(t));
                }
                for (int count = 2; count < tokens; count++) {
                    Matrix some = x.view(count, cols);
                    Matrix out = multiply(w, some);
                    for (int t = 0; t < count; t++) {
                        assertThat(out.row(t)).isEqualTo(all.row(t));
                    }
                }
                for (int from = 0; from < rows; from += 5) {
                    for (int to : new int[] {from, from + 1, from + 3, Math.min(rows, from + 11), rows}) {
                        if (to <= rows) {
                            sameRows(w, x, all, from, to);
                        }
                    }
                }
            }
        }
    }

    private void sameRows(PackedMatrix w, Matrix x, Matrix all, int from, int to) {
        int column = 3;
        Matrix out = Matrix.allocate(arena, x.rows() + 1, w.rows() + 5);
        fill(out, -77);
        kernels.gemm(w, x, quantized(w, x), from, to, out, column, scratch(w));
        for (int t = 0; t < out.rows(); t++) {
            for (int c = 0; c < out.cols(); c++) {
                int r = c - column;
                float expected = t < x.rows() && r >= from && r < to ? all.get(t, r) : -77;
                assertThat(out.get(t, c)).isEqualTo(expected);
            }
        }
    }

    /** The interpreter, the quick and the optimising compiler must agree. */
    @ParameterizedTest
    @MethodSource("types")
    void theSameBitsBeforeAndAfterCompilation(ElementType type) {
        int cols = whole(type, 96);
        PackedMatrix w = weight(type, 9, cols, 1, Numerics.EXACT);
        Matrix one = matrix(1, cols);
        Matrix many = matrix(7, cols);
        float[] coldOne = array(multiply(w, one).data(), 0, 9);
        float[] coldMany = array(multiply(w, many).data(), 0, 63);
        MemorySegment scratch = scratch(w);
        Matrix out = Matrix.allocate(arena, 7, 9);
        MemorySegment quantizedOne = quantized(w, one);
        MemorySegment quantizedMany = quantized(w, many);
        for (int i = 0; i < 20_000; i++) {
            kernels.gemm(w, one, quantizedOne, 0, 9, out, 0, scratch);
        }
        assertThat(array(out.data(), 0, 9)).isEqualTo(coldOne);
        for (int i = 0; i < 20_000; i++) {
            kernels.gemm(w, many, quantizedMany, 0, 9, out, 0, scratch);
        }
        assertThat(array(out.data(), 0, 63)).isEqualTo(coldMany);
    }

    @ParameterizedTest
    @MethodSource("types")
    void fastProductsAreClose(ElementType type) {
        int cols = type.quantized() ? 1024 : 992;
        PackedMatrix w = weight(type, 21, cols, 1, Numerics.FAST);
        // A kernel set may be exact where fast was asked for, but must say so; never the other way round.
        if (!type.quantized() && type != ElementType.BF16) {
            assertThat(w.numerics()).isEqualTo(Numerics.EXACT);
        }
        if (w.numerics() == Numerics.FAST) {
            assertThat(kernels.quantizedBytes(w, 5)).isPositive();
        }
        assertThat(weight(type, 1, whole(type, 32), 1, Numerics.EXACT).numerics())
                .isEqualTo(Numerics.EXACT);
        Matrix x = matrix(5, cols);
        Matrix out = multiply(w, x);
        for (int t = 0; t < 5; t++) {
            for (int r = 0; r < 21; r++) {
                double expected = 0;
                double size = 0;
                for (int k = 0; k < cols; k++) {
                    double p = (double) decoded(w)[r][k] * x.get(t, k);
                    expected += p;
                    size += p * p;
                }
                // The error of one product is at most half a step of 1/127 of the largest activation of its block.
                assertThat((double) out.get(t, r)).isCloseTo(expected, within(Math.sqrt(size) * 0.03 + 1e-5));
            }
        }
    }

    @Test
    void fastProductsOfStrangeActivations() {
        PackedMatrix w = weight(ElementType.Q8_0, 4, 64, 1, Numerics.FAST);
        Matrix x = matrix(3, 64);
        for (int k = 0; k < 32; k++) {
            x.set(0, k, 0);
        }
        x.set(1, 5, Float.NaN);
        x.set(2, 5, Float.POSITIVE_INFINITY);
        Matrix out = multiply(w, x);
        assertThat(Float.isFinite(out.get(0, 0))).isTrue();
        assertThat(out.get(1, 0)).isNaN();
        assertThat(Float.isFinite(out.get(2, 0))).isFalse();
    }

    @Test
    void wrongCallsAreRefused() {
        PackedMatrix w = weight(ElementType.F32, 4, 8, 1, Numerics.EXACT);
        Matrix x = matrix(2, 8);
        Matrix out = Matrix.allocate(arena, 2, 4);
        MemorySegment none = MemorySegment.NULL;
        assertThatThrownBy(() -> kernels.gemm(w, matrix(2, 7), none, 0, 4, out, 0, scratch(w)))
                .isInstanceOf(JandaiaException.class);
        assertThatThrownBy(() -> kernels.gemm(w, x, none, 0, 5, out, 0, scratch(w)))
                .isInstanceOf(JandaiaException.class);
        assertThatThrownBy(() -> kernels.gemm(w, x, none, -1, 4, out, 0, scratch(w)))
                .isInstanceOf(JandaiaException.class);
        assertThatThrownBy(() -> kernels.gemm(w, x, none, 0, 4, out, 1, scratch(w)))
                .isInstanceOf(JandaiaException.class);
        assertThatThrownBy(() -> kernels.gemm(w, matrix(3, 8), none, 0, 4, out, 0, scratch(w)))
                .isInstanceOf(JandaiaException.class);
        assertThatThrownBy(() -> w.decodeRow(4, floats(8), 0)).isInstanceOf(JandaiaException.class);
    }

    @Test
    void wrongWeightsAreRefused() {
        MemorySegment data = arena.allocate(34 * 4);
        assertThatThrownBy(() -> pack(ElementType.Q8_0, new long[] {2, 33}, data))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("blocks of 32");
        assertThatThrownBy(() -> pack(ElementType.Q8_0, new long[] {5, 32}, data))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("170 bytes");
        assertThatThrownBy(() -> pack(ElementType.Q8_0, new long[] {64}, data)).isInstanceOf(JandaiaException.class);
        assertThatThrownBy(() -> pack(ElementType.I8, new long[] {2, 32}, data)).isInstanceOf(JandaiaException.class);
        assertThatThrownBy(() -> pack(ElementType.F32, new long[] {1L << 33, 1}, data))
                .isInstanceOf(JandaiaException.class);
    }

    private PackedMatrix pack(ElementType type, long[] shape, MemorySegment data) {
        return kernels.pack(new StoredTensor("w", type, shape, data), Numerics.EXACT);
    }

    // ---- rows ----

    private static final int[] LENGTHS = {1, 5, 8, 15, 16, 17, 31, 64, 100, 2048};

    @Test
    void rmsNormIsRight() {
        for (int n : LENGTHS) {
            MemorySegment x = randomFloats(n + 1);
            MemorySegment weight = randomFloats(n);
            MemorySegment out = floats(n + 2);
            kernels.rmsNorm(x, 4, weight, 1e-5f, n, out, 8);
            double squares = 0;
            for (int i = 0; i < n; i++) {
                squares += Math.pow(at(x, i + 1), 2);
            }
            double inverse = 1 / Math.sqrt(squares / n + 1e-5);
            for (int i = 0; i < n; i++) {
                double expected = at(x, i + 1) * inverse * at(weight, i);
                assertThat((double) at(out, i + 2)).isCloseTo(expected, within(Math.abs(expected) * 3e-7));
            }
            kernels.rmsNorm(x, 4, weight, 1e-5f, n, x, 4);
            assertThat(array(x, 4, n)).as("in place").isEqualTo(array(out, 8, n));
        }
    }

    @Test
    void addIsRight() {
        for (int n : LENGTHS) {
            MemorySegment a = randomFloats(n + 1);
            MemorySegment b = randomFloats(n + 2);
            float[] before = array(a, 4, n);
            kernels.add(a, 4, b, 8, n);
            for (int i = 0; i < n; i++) {
                assertThat(at(a, i + 1)).isEqualTo(before[i] + at(b, i + 2));
            }
        }
    }

    @Test
    void gatedSiluIsRight() {
        for (int n : LENGTHS) {
            MemorySegment gate = randomFloats(n + 1);
            MemorySegment up = randomFloats(n + 1);
            for (int i = 0; i < n; i++) {
                gate.setAtIndex(FLOAT, i + 1, at(gate, i + 1) * (i % 7 == 3 ? 60 : 4));
            }
            float[] before = array(gate, 4, n);
            kernels.gate(Activation.SILU, gate, 4, up, 4, n);
            for (int i = 0; i < n; i++) {
                double expected = before[i] / (1 + Math.exp(-before[i])) * at(up, i + 1);
                assertThat((double) at(gate, i + 1)).isCloseTo(expected, within(Math.abs(expected) * 5e-7 + 1e-30));
                float scalar = before[i] / (1 + Exp.exp(-before[i])) * at(up, i + 1);
                assertThat(at(gate, i + 1)).isEqualTo(scalar);
            }
        }
    }

    @Test
    void gatedSiluOfStrangeNumbers() {
        float[] strange = {Float.NaN, Float.POSITIVE_INFINITY, -1e30f, 1e30f, 0f, -0f, -87f, -87.5f, 87.5f, -100f, 100f
        };
        for (int lead = 0; lead < 17; lead += 16) {
            float[] all = new float[strange.length + lead];
            System.arraycopy(strange, 0, all, lead, strange.length);
            float[] padded = Arrays.copyOf(all, 48);
            MemorySegment gate = floats(48).copyFrom(MemorySegment.ofArray(padded));
            MemorySegment up = floats(48);
            for (int i = 0; i < 48; i++) {
                up.setAtIndex(FLOAT, i, 1);
            }
            kernels.gate(Activation.SILU, gate, 0, up, 0, 48);
            for (int i = 0; i < 48; i++) {
                assertThat(at(gate, i))
                        .as("silu(%s)", padded[i])
                        .isEqualTo(Float.valueOf(padded[i] / (1 + Exp.exp(-padded[i]))));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void ropeIsRight(boolean interleaved) {
        for (int rotary : new int[] {2, 4, 6, 20, 32, 64, 80, 128}) {
            int dim = rotary + 3;
            MemorySegment x = randomFloats(dim + 1);
            float[] before = array(x, 4, dim);
            MemorySegment cosSin = floats(rotary + 1);
            for (int i = 0; i < rotary / 2; i++) {
                double angle = random.nextDouble() * 100;
                cosSin.setAtIndex(FLOAT, 1 + i, (float) Math.cos(angle));
                cosSin.setAtIndex(FLOAT, 1 + rotary / 2 + i, (float) Math.sin(angle));
            }
            kernels.rope(x, 4, rotary, interleaved, cosSin, 4);
            double[] expected = new double[dim];
            for (int i = 0; i < dim; i++) {
                expected[i] = before[i];
            }
            for (int i = 0; i < rotary / 2; i++) {
                int a = interleaved ? 2 * i : i;
                int b = interleaved ? 2 * i + 1 : i + rotary / 2;
                double cos = at(cosSin, 1 + i);
                double sin = at(cosSin, 1 + rotary / 2 + i);
                expected[a] = before[a] * cos - before[b] * sin;
                expected[b] = before[b] * cos + before[a] * sin;
            }
            for (int i = 0; i < dim; i++) {
                assertThat((double) at(x, i + 1)).isCloseTo(expected[i], within(1e-6));
            }
        }
    }

    /** Callers may hold a norm's weight or a token's row in an array. */
    @Test
    void rowsMayLieOnTheHeap() {
        int n = 37;
        float[] a = array(randomFloats(n), 0, n);
        float[] b = array(randomFloats(n), 0, n);
        MemorySegment nativeA = floats(n).copyFrom(MemorySegment.ofArray(a));
        MemorySegment nativeB = floats(n).copyFrom(MemorySegment.ofArray(b));
        MemorySegment heapA = MemorySegment.ofArray(a);
        MemorySegment heapB = MemorySegment.ofArray(b);
        kernels.add(heapA, 0, heapB, 0, n);
        kernels.add(nativeA, 0, nativeB, 0, n);
        kernels.gate(Activation.SILU, heapA, 0, nativeB, 0, n);
        kernels.gate(Activation.SILU, nativeA, 0, heapB, 0, n);
        kernels.rope(heapA, 4, 20, false, nativeB, 4);
        kernels.rope(nativeA, 4, 20, false, nativeB, 4);
        kernels.rmsNorm(heapA, 0, heapB, 1e-6f, n, heapA, 0);
        kernels.rmsNorm(nativeA, 0, heapB, 1e-6f, n, nativeA, 0);
        assertThat(a).isEqualTo(array(nativeA, 0, n));
        float[] out = new float[n];
        kernels.rmsNorm(heapA, 0, heapB, 1e-6f, n, MemorySegment.ofArray(out), 0);
        MemorySegment nativeOut = floats(n);
        kernels.rmsNorm(nativeA, 0, nativeB, 1e-6f, n, nativeOut, 0);
        assertThat(out).isEqualTo(array(nativeOut, 0, n));
    }

    @ParameterizedTest
    @EnumSource(Numerics.class)
    void theNameIsStable(Numerics numerics) {
        assertThat(kernels.name()).isNotBlank();
        PackedMatrix w = weight(ElementType.Q4_0, 2, 32, 1, numerics);
        assertThat(kernels.scratchBytes(w)).isPositive();
    }

    // ---- what the tests are made of ----

    private final IdentityHashMap<PackedMatrix, float[][]> source = new IdentityHashMap<>();

    private float[][] decoded(PackedMatrix w) {
        return Objects.requireNonNull(source.get(w));
    }

    private PackedMatrix weight(ElementType type, int rows, int cols, float scale, Numerics numerics) {
        MemorySegment values = floats(rows * cols);
        for (int i = 0; i < rows * cols; i++) {
            values.setAtIndex(FLOAT, i, (float) random.nextGaussian() * scale * (i % 97 == 5 ? 8 : 1));
        }
        // An odd address, as tensors in files may have.
        MemorySegment data = arena.allocate(rows * type.bytes(cols) + 2, 64).asSlice(2);
        Blocks.write(type, values, data, random);
        StoredTensor tensor = new StoredTensor("w", type, new long[] {rows, cols}, data);
        PackedMatrix w = kernels.pack(tensor, numerics);
        float[] decoded = tensor.toFloats();
        float[][] matrix = new float[rows][];
        for (int r = 0; r < rows; r++) {
            matrix[r] = Arrays.copyOfRange(decoded, r * cols, (r + 1) * cols);
        }
        source.put(w, matrix);
        return w;
    }

    private void check(PackedMatrix w, Matrix x, String what) {
        Matrix out = multiply(w, x);
        List<String> wrong = new ArrayList<>();
        for (int t = 0; t < x.rows(); t++) {
            float[] token = x.row(t);
            for (int r = 0; r < w.rows(); r++) {
                double expected = 0;
                double size = 0;
                float[] row = decoded(w)[r];
                for (int k = 0; k < w.cols(); k++) {
                    double p = (double) row[k] * token[k];
                    expected += p;
                    size += p * p;
                }
                double allowed = 1e-6 * Math.sqrt(w.cols()) * Math.sqrt(size) + 1e-37;
                if (!(Math.abs(out.get(t, r) - expected) <= allowed)) {
                    wrong.add("token %d row %d: %s, not %s".formatted(t, r, out.get(t, r), expected));
                }
            }
        }
        assertThat(wrong).as(what).isEmpty();
    }

    private Matrix multiply(PackedMatrix w, Matrix x) {
        Matrix out = Matrix.allocate(arena, x.rows(), w.rows());
        fill(out, Float.NaN);
        kernels.gemm(w, x, quantized(w, x), 0, w.rows(), out, 0, scratch(w));
        return out;
    }

    private MemorySegment quantized(PackedMatrix w, Matrix x) {
        MemorySegment out = arena.allocate(Math.max(1, kernels.quantizedBytes(w, x.rows())), 64);
        if (kernels.quantizedBytes(w, x.rows()) > 0) {
            int half = x.rows() / 2;
            kernels.quantize(w, x, half, x.rows(), out);
            kernels.quantize(w, x, 0, half, out);
        }
        return out;
    }

    private MemorySegment scratch(PackedMatrix w) {
        MemorySegment out = arena.allocate(kernels.scratchBytes(w), 64);
        out.fill((byte) 0xFF); // not numbers
        return out;
    }

    private Matrix matrix(int rows, int cols) {
        return new Matrix(randomFloats(rows * cols), rows, cols);
    }

    private static void fill(Matrix m, float value) {
        for (int r = 0; r < m.rows(); r++) {
            for (int c = 0; c < m.cols(); c++) {
                m.set(r, c, value);
            }
        }
    }

    private MemorySegment floats(int n) {
        return arena.allocate(n * 4L, 64);
    }

    private MemorySegment randomFloats(int n) {
        MemorySegment out = floats(n);
        for (int i = 0; i < n; i++) {
            out.setAtIndex(FLOAT, i, (float) random.nextGaussian());
        }
        return out;
    }

    private static float at(MemorySegment s, int i) {
        return s.getAtIndex(FLOAT, i);
    }

    private static float[] array(MemorySegment s, long from, int n) {
        float[] out = new float[n];
        MemorySegment.copy(s, FLOAT, from, out, 0, n);
        return out;
    }

    private static Offset<Double> within(double value) {
        return Offset.offset(value);
    }
}
