package io.jandaia.tensor.kernel.packed;

import io.jandaia.tensor.ElementType;
import org.jspecify.annotations.Nullable;

/**
 * Element types whose products are computed with whole numbers, and how they are packed: 16 rows side by side, blocks of 32
 * columns one after the other, first the codes of all rows, then their scales.
 */
public enum PackedFormat {
    Q8_0(Codes.BYTES, 128, Scales.BLOCK),
    Q4_0(Codes.NIBBLES, 8, Scales.BLOCK),
    Q4_1(Codes.NIBBLES, 0, Scales.BLOCK_MINIMUM),
    Q5_0(Codes.FIVE_BITS, 16, Scales.BLOCK),
    Q5_1(Codes.FIVE_BITS, 0, Scales.BLOCK_MINIMUM),
    Q4_K(Codes.NIBBLES, 0, Scales.SUPER_MINIMUM),
    Q5_K(Codes.FIVE_BITS, 0, Scales.SUPER_MINIMUM),
    Q6_K(Codes.SIX_BITS, 32, Scales.SUPER_HALVES),
    IQ4_NL(Codes.TABLE, 128, Scales.BLOCK),
    IQ4_XS(Codes.TABLE, 128, Scales.SUPER);

    /** Rows packed side by side. */
    public static final int ROWS = 16;

    /** Columns in a block. */
    public static final int BLOCK = 32;

    final Codes codes;

    /** What is subtracted from a code without sign to get the weight's whole number. */
    final int offset;

    final Scales scales;

    PackedFormat(Codes codes, int offset, Scales scales) {
        this.codes = codes;
        this.offset = offset;
        this.scales = scales;
    }

    /** The format of an element type; null when its products are computed with floats. */
    public static @Nullable PackedFormat of(ElementType type) {
        return switch (type) {
            case Q8_0 -> Q8_0;
            case Q4_0 -> Q4_0;
            case Q4_1 -> Q4_1;
            case Q5_0 -> Q5_0;
            case Q5_1 -> Q5_1;
            case Q4_K -> Q4_K;
            case Q5_K -> Q5_K;
            case Q6_K -> Q6_K;
            case IQ4_NL -> IQ4_NL;
            case IQ4_XS -> IQ4_XS;
            default -> null;
        };
    }

    /** Bytes of a packed matrix; its last rows are filled up to a whole group of {@link #ROWS}. */
    public long bytes(int rows, int cols) {
        long groups = groups(rows);
        int blocks = cols / BLOCK;
        return groups * (codeBytes(blocks) + scales.bytes(blocks));
    }

    static long groups(int rows) {
        return ((long) rows + ROWS - 1) / ROWS;
    }

    /** Bytes of the codes of one group of rows. */
    long codeBytes(int blocks) {
        return (long) blocks * codes.bytes;
    }

    /** How activations are quantised for this format. */
    ActivationSums sums() {
        if (scales.minimum()) {
            return ActivationSums.SCALED;
        }
        return scales == Scales.SUPER_HALVES ? ActivationSums.HALVES : ActivationSums.WHOLE;
    }
}
