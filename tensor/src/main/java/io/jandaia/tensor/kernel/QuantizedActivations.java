package io.jandaia.tensor.kernel;

import io.jandaia.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Activations in blocks of 32 whole numbers: {@code scale = max|x| / 127}, {@code code = round(x / scale)}, ties to even.
 * One token is {@code cols} codes, then a scale per block, then per block the sum of its codes (what a weight's offset is
 * multiplied with). A block with a NaN or an infinity has a scale of NaN, so that its products are NaN too.
 */
final class QuantizedActivations {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private QuantizedActivations() {}

    /** Bytes of one token, a multiple of 64 so that tokens stay aligned. */
    static long tokenBytes(int cols) {
        return (cols + 2L * Float.BYTES * (cols / Codes.BLOCK) + 63) / 64 * 64;
    }

    static long scalesAt(int cols) {
        return cols;
    }

    static long sumsAt(int cols) {
        return cols + (long) Float.BYTES * (cols / Codes.BLOCK);
    }

    static void quantize(Matrix x, int token, MemorySegment dst) {
        int cols = x.cols();
        MemorySegment data = x.data();
        long base = token * tokenBytes(cols);
        for (int b = 0; b < cols / Codes.BLOCK; b++) {
            long from = x.offset(token) + (long) b * Codes.BLOCK * Float.BYTES;
            float most = 0;
            for (int k = 0; k < Codes.BLOCK; k++) {
                most = Math.max(most, Math.abs(data.get(FLOAT, from + k * 4L)));
            }
            float scale = most <= Float.MAX_VALUE ? most / 127f : Float.NaN;
            float inverse = scale > 0 ? 127f / most : 0f;
            int sum = 0;
            for (int k = 0; k < Codes.BLOCK; k++) {
                // Below 127 / Float.MAX_VALUE the inverse is infinite: such numbers are zero for every purpose.
                float scaled = inverse <= Float.MAX_VALUE ? data.get(FLOAT, from + k * 4L) * inverse : 0f;
                int code = (int) (scaled + Exp.ROUND - Exp.ROUND);
                dst.set(BYTE, base + (long) b * Codes.BLOCK + k, (byte) code);
                sum += code;
            }
            dst.set(FLOAT, base + scalesAt(cols) + b * 4L, scale);
            dst.set(INT, base + sumsAt(cols) + b * 4L, sum);
        }
    }
}
