package io.jandaia.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Stored numbers for tests: encoded where the format can, random codes under an ordinary scale where it cannot. */
public final class Blocks {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private Blocks() {}

    /** Writes as many whole blocks as {@code values} fills; of a format without an encoder the values count by their size. */
    public static void write(ElementType type, MemorySegment values, MemorySegment dst, Random random) {
        long count = values.byteSize() / 4;
        long blocks = count / type.blockElements();
        if (type.format().encodes()) {
            type.format().encode(values, 0, dst, 0, blocks);
            return;
        }
        for (long b = 0; b < blocks; b++) {
            for (int i = 0; i < type.blockBytes(); i++) {
                dst.set(BYTE, b * type.blockBytes() + i, (byte) random.nextInt());
            }
            float scale = Math.abs(values.get(FLOAT, 4 * b * type.blockElements())) / 64;
            long at = b * type.blockBytes();
            switch (type) {
                case INT8, FP8, NF4, FP4 -> setFloatScale(type, dst, at, scale);
                default -> setScale(type, dst, at, Float.floatToFloat16(Math.min(scale, 1000)));
            }
        }
    }

    /** No code of FP8 may be NaN: the upper bit of the exponent is left out. */
    private static void setFloatScale(ElementType type, MemorySegment dst, long at, float scale) {
        dst.set(FLOAT, at, scale);
        for (int i = 4; type == ElementType.FP8 && i < type.blockBytes(); i++) {
            dst.set(BYTE, at + i, (byte) (dst.get(BYTE, at + i) & 0xBF));
        }
    }

    private static void setScale(ElementType type, MemorySegment dst, long at, short half) {
        if (type == ElementType.IQ1_M) {
            for (int k = 0; k < 4; k++) {
                int nibble = (half >> (4 * k)) & 15;
                long to = at + 49 + 2L * k;
                dst.set(BYTE, to, (byte) ((dst.get(BYTE, to) & 15) | (nibble << 4)));
            }
        } else {
            dst.set(BYTE, at, (byte) half);
            dst.set(BYTE, at + 1, (byte) (half >> 8));
        }
    }
}
