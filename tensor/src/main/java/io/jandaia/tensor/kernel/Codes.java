package io.jandaia.tensor.kernel;

import io.jandaia.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The whole numbers inside a quantised block, for products of whole numbers: a weight is
 * {@code scale * code + offset} with codes of -16 to 31, or -128 to 127 for Q8_0. Layouts as in ggml.
 */
final class Codes {

    /** Numbers in a block of every format here, and in a block of quantised activations. */
    static final int BLOCK = 32;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private Codes() {}

    /** Whether a block of this type is made of such numbers with one scale. */
    static boolean has(ElementType type) {
        return switch (type) {
            case Q8_0, Q4_0, Q4_1, Q5_0, Q5_1 -> true;
            default -> false;
        };
    }

    /** Writes the codes of the block at {@code at} as 32 bytes. */
    static void unpack(ElementType type, MemorySegment src, long at, MemorySegment dst, long dstAt) {
        switch (type) {
            case Q8_0 -> MemorySegment.copy(src, at + 2, dst, dstAt, BLOCK);
            case Q4_0 -> nibbles(src, at + 2, 0, 8, dst, dstAt);
            case Q4_1 -> nibbles(src, at + 4, 0, 0, dst, dstAt);
            case Q5_0 -> nibbles(src, at + 6, src.get(INT, at + 2), 16, dst, dstAt);
            case Q5_1 -> nibbles(src, at + 8, src.get(INT, at + 4), 0, dst, dstAt);
            default -> throw Check.defect("Element type " + type + " has no whole numbers to compute with");
        }
    }

    /** Low halves are numbers 0 to 15, high halves 16 to 31; bit k of {@code fifth} is the fifth bit of number k. */
    private static void nibbles(MemorySegment src, long at, int fifth, int minus, MemorySegment dst, long dstAt) {
        for (int k = 0; k < BLOCK / 2; k++) {
            int pair = src.get(BYTE, at + k);
            int low = (pair & 15) | (((fifth >>> k) & 1) << 4);
            int high = ((pair >>> 4) & 15) | (((fifth >>> (k + 16)) & 1) << 4);
            dst.set(BYTE, dstAt + k, (byte) (low - minus));
            dst.set(BYTE, dstAt + k + 16, (byte) (high - minus));
        }
    }

    static float scale(MemorySegment src, long at) {
        return Float.float16ToFloat(src.get(SHORT, at));
    }

    /** What is added to every weight of the block. */
    static float offset(ElementType type, MemorySegment src, long at) {
        return type == ElementType.Q4_1 || type == ElementType.Q5_1 ? Float.float16ToFloat(src.get(SHORT, at + 2)) : 0f;
    }
}
