package io.jandaia.model.checkpoint;

import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Reads and writes the numbers of little-endian files. */
final class Numbers {

    static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Numbers() {}

    /** Number {@code i} of a tensor of whole numbers. */
    static long whole(Parts parts, StoredTensor t, long i) {
        MemorySegment d = t.data();
        return switch (t.type()) {
            case I8 -> d.get(BYTE, i);
            case U8 -> d.get(BYTE, i) & 255;
            case I16 -> d.get(SHORT, 2 * i);
            case I32 -> d.get(INT, 4 * i);
            case I64 -> d.get(LONG, 8 * i);
            default -> throw parts.wrong(t, "is of type " + t.type() + ", expected whole numbers");
        };
    }

    /** Number {@code i} of a tensor of floats that stand alone. */
    static float real(Parts parts, StoredTensor t, long i) {
        MemorySegment d = t.data();
        return switch (t.type()) {
            case F32 -> d.get(FLOAT, 4 * i);
            case F16 -> Float.float16ToFloat(d.get(SHORT, 2 * i));
            case BF16 -> Float.intBitsToFloat(d.get(SHORT, 2 * i) << 16);
            default -> throw parts.wrong(t, "is of type " + t.type() + ", expected F32, F16 or BF16");
        };
    }

    /**
     * Number {@code i} of {@code bits} bits in a stream of words of 32, lower bits first; it may lie in two words.
     *
     * @param first which word of {@code words} begins the stream
     * @param stride words from one word of the stream to the next
     */
    static int packed(MemorySegment words, long first, long stride, long i, int bits) {
        long bit = i * bits;
        int shift = (int) (bit & 31);
        long at = 4 * (first + (bit >>> 5) * stride);
        int code = words.get(INT, at) >>> shift;
        if (shift + bits > 32) {
            code |= words.get(INT, at + 4 * stride) << (32 - shift);
        }
        return code & ((1 << bits) - 1);
    }
}
