package io.jandaia.tensor.kernel.packed;

/**
 * How the codes of 16 rows and 32 columns lie in memory. Quad j is the columns 4j to 4j + 3; a row has four bytes of each, so
 * 16 rows fill a vector of 64 bytes.
 */
enum Codes {
    /** {@code [8 quads][16 rows][4]} signed bytes. */
    BYTES(512),
    /** {@code [4][16 rows][4]} bytes: quad j in the low nibbles, quad j + 4 in the high ones. */
    NIBBLES(256),
    /** {@link #NIBBLES} that number the entries of a table of 16 signed bytes. */
    TABLE(256),
    /** {@link #NIBBLES}, then {@code [16 rows][4]} bytes whose bit j is the fifth bit of quad j. */
    FIVE_BITS(320),
    /** {@link #NIBBLES}, then {@code [2][16 rows][4]} bytes: bits 2i and 2i + 1 of vector v are the upper two of quad 4v + i. */
    SIX_BITS(384);

    /** Bytes of 16 rows and 32 columns. */
    final int bytes;

    Codes(int bytes) {
        this.bytes = bytes;
    }
}
