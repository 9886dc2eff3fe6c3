package io.jandaia.tensor.kernel.packed;

/** How the scales of 16 rows and one block of 32 columns lie in memory; {@code [16]} runs over the rows. */
enum Scales {
    /** Half-precision d {@code [16]}: {@code w = d * code}. */
    BLOCK(32, 0),
    /** Half-precision d {@code [16]}, m {@code [16]}: {@code w = d * code + m}. */
    BLOCK_MINIMUM(64, 0),
    /** For eight blocks half-precision d {@code [16]}; for each a signed byte s {@code [16]}: {@code w = d * s * code}. */
    SUPER(16, 32),
    /**
     * For eight blocks half-precision d {@code [16]}, dmin {@code [16]}; for each bytes s {@code [16]}, m {@code [16]}:
     * {@code w = d * s * code - dmin * m}.
     */
    SUPER_MINIMUM(32, 64),
    /** For eight blocks half-precision d {@code [16]}; for each signed bytes s {@code [2][16]}, one for each 16 columns. */
    SUPER_HALVES(32, 32);

    /** Bytes of each block. */
    final int blockBytes;

    /** Bytes before every eight blocks. */
    final int superBytes;

    Scales(int blockBytes, int superBytes) {
        this.blockBytes = blockBytes;
        this.superBytes = superBytes;
    }

    boolean grouped() {
        return superBytes > 0;
    }

    boolean minimum() {
        return this == BLOCK_MINIMUM || this == SUPER_MINIMUM;
    }

    /** Bytes of 16 rows and {@code blocks} blocks. */
    long bytes(int blocks) {
        return (long) blocks * blockBytes + (long) blocks / 8 * superBytes;
    }

    /** Offset of block {@code block} among the scales of 16 rows. */
    long at(int block) {
        return (long) block * blockBytes + (block / 8 + 1L) * superBytes;
    }
}
