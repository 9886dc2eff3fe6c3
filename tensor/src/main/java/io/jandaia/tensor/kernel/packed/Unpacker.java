package io.jandaia.tensor.kernel.packed;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Reads single rows back out of the packed layout, as the format's own decoder would write them. */
final class Unpacker {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    /** The values of ggml's IQ4_NL and IQ4_XS. */
    static final byte[] TABLE = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    private Unpacker() {}

    /** Row {@code r} of the group whose codes and scales are given, as floats to {@code dst}. */
    static void row(
            PackedFormat format,
            MemorySegment src,
            long codesAt,
            long scalesAt,
            int r,
            int blocks,
            MemorySegment dst,
            long dstAt) {
        for (int b = 0; b < blocks; b++) {
            long codes = codesAt + (long) b * format.codes.bytes;
            long scales = scalesAt + format.scales.at(b);
            float first;
            float second;
            float plus = 0;
            switch (format.scales) {
                case BLOCK -> first = half(src, scales, r);
                case BLOCK_MINIMUM -> {
                    first = half(src, scales, r);
                    plus = half(src, scales + 32, r);
                }
                case SUPER ->
                    first = half(src, scalesAt + format.scales.at(b / 8 * 8) - 32, r) * src.get(BYTE, scales + r);
                case SUPER_MINIMUM -> {
                    long head = scalesAt + format.scales.at(b / 8 * 8) - 64;
                    first = half(src, head, r) * src.get(BYTE, scales + r);
                    plus = -(half(src, head + 32, r) * src.get(BYTE, scales + 16 + r));
                }
                case SUPER_HALVES ->
                    first = half(src, scalesAt + format.scales.at(b / 8 * 8) - 32, r) * src.get(BYTE, scales + r);
                default -> throw new IllegalStateException();
            }
            second = format.scales == Scales.SUPER_HALVES
                    ? half(src, scalesAt + format.scales.at(b / 8 * 8) - 32, r) * src.get(BYTE, scales + 16 + r)
                    : first;
            for (int k = 0; k < PackedFormat.BLOCK; k++) {
                float value = (k < 16 ? first : second) * code(format, src, codes, r, k);
                // Adding 0 would turn -0 into 0.
                dst.set(
                        FLOAT,
                        dstAt + 4L * (b * (long) PackedFormat.BLOCK + k),
                        format.scales.minimum() ? value + plus : value);
            }
        }
    }

    private static float half(MemorySegment src, long at, int r) {
        return Float.float16ToFloat(src.get(SHORT, at + 2L * r));
    }

    private static int code(PackedFormat format, MemorySegment src, long codes, int r, int k) {
        int quad = k / 4;
        long lane = codes + 4L * r + k % 4;
        if (format.codes == Codes.BYTES) {
            return src.get(BYTE, lane + 64L * quad);
        }
        int nibble = (src.get(BYTE, lane + 64L * (quad % 4)) >> (quad / 4 * 4)) & 15;
        return switch (format.codes) {
            case TABLE -> TABLE[nibble];
            case FIVE_BITS -> (nibble | (((src.get(BYTE, lane + 256) >> quad) & 1) << 4)) - format.offset;
            case SIX_BITS ->
                (nibble | (((src.get(BYTE, lane + 256 + 64L * (quad / 4)) >> (quad % 4 * 2)) & 3) << 4))
                        - format.offset;
            default -> nibble - format.offset;
        };
    }
}
