package io.jandaia.tensor.kernel.packed;

import io.jandaia.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Brings rows of ggml's blocks into the layout of a {@link PackedFormat}, four codes at a time. */
final class Packer {

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final int LOW = 0x0f0f0f0f;
    private static final int VECTOR = 64;

    private final PackedFormat format;

    /**
     * All memory by address, so that the compiler sees one kind of segment and no bounds in the loops. Both segments are
     * native and large enough: {@link PackedRows#pack} has checked it.
     */
    @SuppressWarnings("restricted")
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    Packer(PackedFormat format) {
        this.format = format;
    }

    /**
     * Packs one group of rows.
     *
     * @param from address of the group's first row
     * @param rowBytes bytes of a row there
     * @param rows in this group, at most 16; the others become zeros
     * @param codesAt address that the group's codes go to
     * @param scalesAt address that its scales go to
     */
    void group(long from, long rowBytes, int rows, int blocks, long codesAt, long scalesAt) {
        if (rows < PackedFormat.ROWS) {
            ALL.asSlice(codesAt, format.codeBytes(blocks)).fill((byte) 0);
            ALL.asSlice(scalesAt, format.scales.bytes(blocks)).fill((byte) 0);
        }
        for (int r = 0; r < rows; r++) {
            long at = from + r * rowBytes;
            switch (format) {
                case Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, IQ4_NL -> blocks(at, r, blocks, codesAt, scalesAt);
                case Q4_K -> q4k(at, r, blocks, codesAt, scalesAt);
                case Q5_K -> q5k(at, r, blocks, codesAt, scalesAt);
                case Q6_K -> q6k(at, r, blocks, codesAt, scalesAt);
                case IQ4_XS -> iq4xs(at, r, blocks, codesAt, scalesAt);
            }
        }
    }

    private int word(long at) {
        return ALL.get(INT, at);
    }

    private int unsigned(long at) {
        return ALL.get(BYTE, at) & 255;
    }

    private void half(long at, long to, int row) {
        ALL.set(SHORT, to + 2L * row, ALL.get(SHORT, at));
    }

    private void scale(int value, long to, int row) {
        ALL.set(BYTE, to + row, (byte) value);
    }

    /** ggml's blocks of 32: a scale, perhaps a minimum, perhaps a word of fifth bits, then the codes. */
    private void blocks(long row, int r, int blocks, long codesAt, long scalesAt) {
        boolean minimum = format.scales == Scales.BLOCK_MINIMUM;
        boolean fifth = format.codes == Codes.FIVE_BITS;
        int words = format.codes == Codes.BYTES ? 8 : 4;
        int header = minimum ? 4 : 2;
        int blockBytes = header + (fifth ? 4 : 0) + 4 * words;
        for (int b = 0; b < blocks; b++) {
            long at = row + (long) b * blockBytes;
            long scales = scalesAt + format.scales.at(b);
            long codes = codesAt + (long) b * format.codes.bytes + 4L * r;
            half(at, scales, r);
            if (minimum) {
                half(at + 2, scales + 32, r);
            }
            long from = at + blockBytes - 4L * words;
            for (int j = 0; j < words; j++) {
                ALL.set(INT, codes + (long) j * VECTOR, word(from + 4L * j));
            }
            if (fifth) {
                int bits = word(at + header);
                int spread = 0;
                for (int i = 0; i < 4; i++) {
                    spread |= Integer.compress(bits, 0x11111111 << i) << (8 * i);
                }
                ALL.set(INT, codes + 4L * VECTOR, spread);
            }
        }
    }

    /** Two blocks whose codes share bytes: the first has the low nibbles. */
    private void nibbles(long from, long first, long second) {
        for (int j = 0; j < 4; j++) {
            int a = word(from + 4L * j);
            int c = word(from + 16 + 4L * j);
            ALL.set(INT, first + (long) j * VECTOR, (a & LOW) | ((c & LOW) << 4));
            ALL.set(INT, second + (long) j * VECTOR, ((a >>> 4) & LOW) | (c & ~LOW));
        }
    }

    /** The header of Q4_K and Q5_K: d, dmin and eight pairs of six bits. */
    private void sixBitScales(long at, int r, int b, long scalesAt) {
        long scales = scalesAt + format.scales.at(b);
        half(at, scales - 64, r);
        half(at + 2, scales - 32, r);
        for (int g = 0; g < 8; g++) {
            long p = at + 4 + g;
            int scale = g < 4 ? unsigned(p) & 63 : (unsigned(p + 4) & 15) | (unsigned(p - 4) >> 6 << 4);
            int minimum = g < 4 ? unsigned(p + 4) & 63 : (unsigned(p + 4) >> 4) | (unsigned(p) >> 6 << 4);
            scale(scale, scales + 32L * g, r);
            scale(minimum, scales + 32L * g + 16, r);
        }
    }

    private void q4k(long row, int r, int blocks, long codesAt, long scalesAt) {
        int bytes = format.codes.bytes;
        for (int b = 0; b < blocks; b += 8) {
            long at = row + b / 8 * 144L;
            sixBitScales(at, r, b, scalesAt);
            for (int pair = 0; pair < 4; pair++) {
                long codes = codesAt + (b + 2L * pair) * bytes + 4L * r;
                nibbles(at + 16 + 32L * pair, codes, codes + bytes);
            }
        }
    }

    private void q5k(long row, int r, int blocks, long codesAt, long scalesAt) {
        int bytes = format.codes.bytes;
        for (int b = 0; b < blocks; b += 8) {
            long at = row + b / 8 * 176L;
            sixBitScales(at, r, b, scalesAt);
            for (int pair = 0; pair < 4; pair++) {
                long codes = codesAt + (b + 2L * pair) * bytes + 4L * r;
                nibbles(at + 48 + 32L * pair, codes, codes + bytes);
            }
            for (int g = 0; g < 8; g++) {
                int fifths = 0;
                for (int j = 0; j < 8; j++) {
                    fifths |= ((word(at + 16 + 4L * j) >>> g) & 0x01010101) << j;
                }
                ALL.set(INT, codesAt + (long) (b + g) * bytes + 4L * r + 4L * VECTOR, fifths);
            }
        }
    }

    private void q6k(long row, int r, int blocks, long codesAt, long scalesAt) {
        int bytes = format.codes.bytes;
        for (int b = 0; b < blocks; b += 8) {
            long at = row + b / 8 * 210L;
            long scales = scalesAt + format.scales.at(b);
            half(at + 208, scales - 32, r);
            for (int g = 0; g < 16; g++) {
                scale(ALL.get(BYTE, at + 192 + g), scales + g / 2 * 32L + g % 2 * 16L, r);
            }
            for (int g = 0; g < 8; g++) {
                // Block g is the numbers 32 g on; those of blocks g and g + 2 of each four share bytes.
                long low = at + g / 4 * 64L + g % 2 * 32L;
                long high = at + 128 + g / 4 * 32L;
                long codes = codesAt + (long) (b + g) * bytes + 4L * r;
                int shift = g % 4 / 2 * 4;
                for (int j = 0; j < 4; j++) {
                    int a = (word(low + 4L * j) >>> shift) & LOW;
                    int c = (word(low + 16 + 4L * j) >>> shift) & LOW;
                    ALL.set(INT, codes + (long) j * VECTOR, a | (c << 4));
                }
                for (int v = 0; v < 2; v++) {
                    int upper = 0;
                    for (int i = 0; i < 4; i++) {
                        upper |= ((word(high + 16L * v + 4L * i) >>> (g % 4 * 2)) & 0x03030303) << (2 * i);
                    }
                    ALL.set(INT, codes + (4L + v) * VECTOR, upper);
                }
            }
        }
    }

    /** d, two bits of each scale in a half word, four bits of each in four bytes, then nibbles. */
    private void iq4xs(long row, int r, int blocks, long codesAt, long scalesAt) {
        for (int b = 0; b < blocks; b += 8) {
            long at = row + b / 8 * 136L;
            long scales = scalesAt + format.scales.at(b);
            half(at, scales - 32, r);
            int upper = ALL.get(SHORT, at + 2);
            for (int g = 0; g < 8; g++) {
                int low = (unsigned(at + 4 + g / 2) >> (g % 2 * 4)) & 15;
                scale((low | (((upper >> (2 * g)) & 3) << 4)) - 32, scales + 16L * g, r);
                long codes = codesAt + (long) (b + g) * format.codes.bytes + 4L * r;
                for (int j = 0; j < 4; j++) {
                    ALL.set(INT, codes + (long) j * VECTOR, word(at + 8 + 16L * g + 4L * j));
                }
            }
        }
    }

    /** Bytes of a row of {@code blocks} blocks in the source. */
    static long rowBytes(ElementType type, int blocks) {
        return type.bytes((long) blocks * PackedFormat.BLOCK);
    }
}
