package io.jandaia.tensor.kernel;

/** How the numbers of keys and values are kept. Attention computes with what they decode to. */
public enum KvType {
    F32(4),
    /** IEEE 754 binary16, rounded to the nearest; what is beyond 65504 becomes infinite. */
    F16(2),
    /** The upper half of a float32, rounded to the nearest. */
    BF16(2),
    /** Signed bytes; each {@link #BLOCK} numbers of a head at one position share a scale in float32, {@code max|x| / 127}. */
    Q8(1);

    /** Numbers that share a scale; the last block of a head may be shorter. */
    public static final int BLOCK = 32;

    private final int bytes;

    KvType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one number without its scale. */
    public int bytes() {
        return bytes;
    }

    /** Scales of {@code n} numbers. */
    public int scales(int n) {
        return this == Q8 ? (n + BLOCK - 1) / BLOCK : 0;
    }
}
