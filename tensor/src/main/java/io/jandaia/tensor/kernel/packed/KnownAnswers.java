package io.jandaia.tensor.kernel.packed;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/**
 * Small products whose results are computed again by plain loops, to the bit, before a processor is trusted with a format's
 * machine code: an instruction that a virtual machine emulates wrongly must not go unnoticed.
 */
final class KnownAnswers {

    private static final int COLS = 512;

    private KnownAnswers() {}

    /** Products with few tokens and with tiles; UNSUPPORTED when the processor computes something else. */
    static void check(PackedProducts products, PackedFormat format, String kernels) {
        check(products, format, kernels, new int[] {0, 7, 15, 16, 18}, new int[] {0, 9, 15, 16});
    }

    /** Products with many tokens, where these are others. */
    static void checkBatches(PackedProducts products, PackedFormat format, String kernels) {
        check(products, format, kernels, new int[] {3, 31, 40, 68}, new int[] {0, 14, 21, 31, 32});
    }

    private static void check(
            PackedProducts products, PackedFormat format, String kernels, int[] checkedRows, int[] checkedTokens) {
        int rows = checkedRows[checkedRows.length - 1] + 1;
        int tokens = checkedTokens[checkedTokens.length - 1] + 1;
        try (Arena arena = Arena.ofConfined()) {
            PackedRows w = weight(format, rows, arena);
            Matrix x = Matrix.allocate(arena, tokens, COLS);
            Random random = new Random(5);
            for (int t = 0; t < tokens; t++) {
                for (int k = 0; k < COLS; k++) {
                    x.set(t, k, (float) random.nextGaussian() * (1 + t));
                }
            }
            MemorySegment quantized = arena.allocate(products.quantizedBytes(w, tokens), 64);
            for (int t = 0; t < tokens; t++) {
                products.quantize(w, x.data().address() + x.offset(t), t, tokens, quantized.address());
            }
            Matrix out = Matrix.allocate(arena, tokens, rows);
            MemorySegment scratch = arena.allocate(products.scratchBytes(w), 64);
            products.compute(w, tokens, quantized.address(), 0, rows, out, 0, scratch);
            for (int t : checkedTokens) {
                for (int r : checkedRows) {
                    float expected = product(w, r, x, t);
                    if (Float.floatToRawIntBits(expected) != Float.floatToRawIntBits(out.get(t, r))) {
                        throw JandaiaException.unsupported(
                                "The " + kernels + " kernels fail their test on this processor: a product of "
                                        + format + " weights is " + out.get(t, r) + " where " + expected
                                        + " is expected (row " + r + ", token " + t + "). Use --kernels vector.");
                    }
                }
            }
        }
    }

    /** Any codes; scales between 2^-7 and 2^-5. */
    private static PackedRows weight(PackedFormat format, int rows, Arena arena) {
        MemorySegment data = arena.allocate(format.bytes(rows, COLS), 64);
        PackedRows w = new PackedRows(rows, COLS, ElementType.valueOf(format.name()), format, data);
        byte[] any = new byte[(int) data.byteSize()];
        new Random(3).nextBytes(any);
        MemorySegment.copy(any, 0, data, ValueLayout.JAVA_BYTE, 0, any.length);
        Scales scales = format.scales;
        for (int g = 0; g < PackedFormat.groups(rows); g++) {
            for (int b = 0; b < w.blocks(); b += scales.grouped() ? 8 : 1) {
                long at = w.scalesAt(g) + scales.at(b);
                long from = scales.grouped() ? at - scales.superBytes : at;
                long bytes = scales.grouped() ? scales.superBytes : scales.blockBytes;
                for (long i = from; i < from + bytes; i += 2) {
                    short bits = data.get(ValueLayout.JAVA_SHORT_UNALIGNED, i);
                    data.set(ValueLayout.JAVA_SHORT_UNALIGNED, i, (short) (0x2000 | (bits & 0x7ff)));
                }
            }
        }
        return w;
    }

    /** One number, in the order of operations of {@link ProductCode}. */
    private static float product(PackedRows w, int row, Matrix x, int token) {
        PackedFormat format = w.format();
        Unpacker.Row codes = new Unpacker.Row(w, row);
        float sum = 0;
        int[] quantized = new int[PackedFormat.BLOCK];
        for (int b = 0; b < w.blocks(); b++) {
            float most = 0;
            for (int k = 0; k < PackedFormat.BLOCK; k++) {
                most = Math.max(most, Math.abs(x.get(token, b * PackedFormat.BLOCK + k)));
            }
            float inverse = 127f / most;
            int total = 0;
            int[] dot = new int[2];
            for (int k = 0; k < PackedFormat.BLOCK; k++) {
                quantized[k] = (int) Math.rint(x.get(token, b * PackedFormat.BLOCK + k) * inverse);
                total += quantized[k];
                dot[format.scales == Scales.SUPER_HALVES ? k / 16 : 0] += codes.code(b, k) * quantized[k];
            }
            float scale = most / 127f;
            codes.scales(b);
            float scaled = dot[0] * codes.first;
            if (format.scales == Scales.SUPER_HALVES) {
                scaled = Math.fma((float) dot[1], codes.second, scaled);
            }
            sum = Math.fma(scaled, scale, sum);
            if (format.scales.minimum()) {
                sum = Math.fma(codes.plus, total * scale, sum);
            }
        }
        return sum;
    }
}
