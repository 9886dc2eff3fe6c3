package io.jandaia.tensor.kernel.packed;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Reads single rows back out of the packed layout, as the format's own decoder would write them. */
final class Unpacker {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    /** The levels of ggml's IQ4_NL and IQ4_XS. */
    static final byte[] TABLE = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    private Unpacker() {}

    /** Writes a row as floats to {@code dst}. */
    static void decode(PackedRows w, int row, MemorySegment dst, long dstAt) {
        Row r = new Row(w, row);
        boolean minimum = w.format().scales.minimum();
        for (int b = 0; b < w.blocks(); b++) {
            r.scales(b);
            for (int k = 0; k < PackedFormat.BLOCK; k++) {
                float value = (k < 16 ? r.first : r.second) * r.code(b, k);
                // Adding 0 would turn -0 into 0.
                dst.set(FLOAT, dstAt + 4L * (b * (long) PackedFormat.BLOCK + k), minimum ? value + r.plus : value);
            }
        }
    }

    /** One row: its whole numbers and, block by block, its scales. */
    static final class Row {
        private final PackedFormat format;
        private final MemorySegment data;
        private final long codesAt;
        private final long scalesAt;
        private final int lane;

        /** What the codes of the first 16 columns and of the others are multiplied with, and what is added. */
        float first;

        float second;
        float plus;

        Row(PackedRows w, int row) {
            format = w.format();
            data = w.data();
            int group = row / PackedFormat.ROWS;
            codesAt = w.codesAt(group);
            scalesAt = w.scalesAt(group);
            lane = row % PackedFormat.ROWS;
        }

        void scales(int block) {
            long at = scalesAt + format.scales.at(block);
            long head = scalesAt + format.scales.at(block / 8 * 8) - format.scales.superBytes;
            plus = 0;
            switch (format.scales) {
                case BLOCK -> first = half(at);
                case BLOCK_MINIMUM -> {
                    first = half(at);
                    plus = half(at + 32);
                }
                case SUPER -> first = half(head) * data.get(BYTE, at + lane);
                case SUPER_MINIMUM -> {
                    first = half(head) * (data.get(BYTE, at + lane) & 255);
                    plus = -(half(head + 32) * (data.get(BYTE, at + 16 + lane) & 255));
                }
                case SUPER_HALVES -> first = half(head) * data.get(BYTE, at + lane);
            }
            second = format.scales == Scales.SUPER_HALVES ? half(head) * data.get(BYTE, at + 16 + lane) : first;
        }

        private float half(long at) {
            return Float.float16ToFloat(data.get(SHORT, at + 2L * lane));
        }

        /** The whole number of column {@code k} of a block. */
        int code(int block, int k) {
            int quad = k / 4;
            long at = codesAt + (long) block * format.codes.bytes + 4L * lane + k % 4;
            if (format.codes == Codes.BYTES) {
                return data.get(BYTE, at + 64L * quad);
            }
            int nibble = (data.get(BYTE, at + 64L * (quad % 4)) >> (quad / 4 * 4)) & 15;
            return switch (format.codes) {
                case TABLE -> TABLE[nibble];
                case FIVE_BITS -> (nibble | (((data.get(BYTE, at + 256) >> quad) & 1) << 4)) - format.offset;
                case SIX_BITS ->
                    (nibble | (((data.get(BYTE, at + 256 + 64L * (quad / 4)) >> (quad % 4 * 2)) & 3) << 4))
                            - format.offset;
                default -> nibble - format.offset;
            };
        }
    }
}
