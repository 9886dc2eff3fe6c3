package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.tensor.Activation;
import io.jandaia.tensor.Blocks;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Vectors of 8 and of 16 numbers must get the same bits; the narrow ones run in a JVM of their own. */
class VectorWidthTest {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    public static void main(String[] args) {
        Kernels kernels = KernelSets.named("vector").kernels();
        System.out.println("RESULT " + kernels.name() + " " + digest(kernels));
    }

    @BeforeAll
    static void vectorsMustRunHere() {
        VectorKernelsTest.vectorsMustRunHere();
    }

    @Test
    void narrowVectorsGetTheSameBits() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+IgnoreUnrecognizedVMOptions",
                        "-XX:UseAVX=2",
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        VectorWidthTest.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        String result = output.substring(output.indexOf("RESULT")).strip();
        System.out.println(
                result + ", here " + KernelSets.named("vector").kernels().name());
        assertThat(result)
                .endsWith(" " + digest(KernelSets.named("vector").kernels()))
                .contains("vector-256");
    }

    private static long digest(Kernels kernels) {
        CRC32 crc = new CRC32();
        Random random = new Random(7);
        try (Arena arena = Arena.ofConfined()) {
            for (ElementType type : ElementType.values()) {
                if (type.computable()) {
                    int cols =
                            type.quantized() ? 416 / Math.min(type.blockElements(), 208) * type.blockElements() : 431;
                    MemorySegment data = arena.allocate(11 * type.bytes(cols));
                    Blocks.write(type, randomFloats(arena, random, 11 * cols), data, random);
                    StoredTensor tensor = new StoredTensor("w", type, new long[] {11, cols}, data);
                    PackedMatrix w = kernels.pack(tensor, Numerics.EXACT);
                    for (int tokens : new int[] {1, 7}) {
                        Matrix x = new Matrix(randomFloats(arena, random, tokens * cols), tokens, cols);
                        Matrix out = Matrix.allocate(arena, tokens, 11);
                        MemorySegment scratch = arena.allocate(kernels.scratchBytes(w), 64);
                        kernels.gemm(w, x, MemorySegment.NULL, 0, 11, out, 0, scratch);
                        update(crc, out.data());
                    }
                }
            }
            MemorySegment a = randomFloats(arena, random, 431);
            MemorySegment b = randomFloats(arena, random, 431);
            for (Activation f : Activation.values()) {
                kernels.gate(f, a, 0, b, 0, 431);
            }
            kernels.layerNorm(a, 0, b, a, 1e-5f, 431, a, 0);
            kernels.softCap(a, 0, 3, 431);
            kernels.rope(a, 0, 100, false, b, 0);
            kernels.rope(a, 0, 90, true, b, 0);
            kernels.rmsNorm(a, 0, b, 1e-5f, 431, a, 0);
            kernels.add(a, 0, b, 0, 431);
            update(crc, a);
            for (KvType kv : KvType.values()) {
                attention(kernels, arena, random, crc, kv);
            }
        }
        return crc.getValue();
    }

    private static void attention(Kernels kernels, Arena arena, Random random, CRC32 crc, KvType type) {
        KvShape shape = new KvShape(2, 72, 100, type);
        MemorySegment[] pages = new MemorySegment[3];
        for (int p = 0; p < 80; p++) {
            if (p % KvShape.PAGE == 0) {
                pages[p / KvShape.PAGE] = arena.allocate(shape.pageBytes(), 64);
            }
            MemorySegment key = randomFloats(arena, random, 144);
            MemorySegment value = randomFloats(arena, random, 200);
            kernels.storeKv(shape, key, 0, value, 0, pages[p / KvShape.PAGE], 0, p % KvShape.PAGE);
        }
        MemorySegment q = randomFloats(arena, random, 2 * 3 * 72);
        Scoring scoring = new Scoring(0.2f, 4);
        MemorySegment bias = randomFloats(arena, random, 3 * 80);
        int[][] spans = {{5, 5, 40, 40}, {40, 40, 79, 80}};
        long stride = 6 * shape.partialBytes();
        MemorySegment partial = arena.allocate(2 * stride, 64);
        MemorySegment scratch = arena.allocate(kernels.attendScratchBytes(shape, 6), 64);
        for (int s = 0; s < 2; s++) {
            int[] from = {spans[s][0], spans[s][1]};
            int[] to = {spans[s][2], spans[s][3]};
            long[] biasAt = {from[0] * 4L, from[1] * 4L};
            QueryRows rows = new QueryRows(q, 0, 3 * 72 * 4, 3, from, to, bias, biasAt, 80 * 4);
            kernels.attend(shape, 1, pages, 0, rows, scoring, partial, s * stride, scratch);
        }
        MemorySegment out = arena.allocate(400);
        for (int query = 0; query < 6; query++) {
            kernels.mergeAttention(partial, query * shape.partialBytes(), stride, 2, 0.5f, 100, out, 0);
            update(crc, out);
        }
    }

    private static void update(CRC32 crc, MemorySegment data) {
        crc.update(data.toArray(ValueLayout.JAVA_BYTE));
    }

    private static MemorySegment randomFloats(Arena arena, Random random, int n) {
        MemorySegment out = arena.allocate(n * 4L, 64);
        for (int i = 0; i < n; i++) {
            out.setAtIndex(FLOAT, i, (float) random.nextGaussian());
        }
        return out;
    }
}
