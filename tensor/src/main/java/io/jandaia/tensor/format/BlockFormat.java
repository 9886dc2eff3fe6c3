package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * One way to lay out numbers: fixed blocks of {@link #elements()} numbers in {@link #bytes()} bytes, little-endian,
 * without gaps. A format that is not quantised has blocks of one number. Implementations are stateless; this scalar
 * definition is what every kernel is tested against.
 */
public interface BlockFormat {

    /** Numbers in a block. */
    int elements();

    /** Bytes in a block. */
    int bytes();

    /**
     * Decodes whole blocks to float32.
     *
     * @param src where the blocks lie, at byte {@code srcOffset}
     * @param dst receives {@code blocks * elements()} floats from byte {@code dstOffset} on
     */
    void decode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks);

    /** Whether {@link #encode} is possible. */
    default boolean encodes() {
        return true;
    }

    /**
     * Encodes whole blocks from float32, rounding as ggml's quantiser does. The inverse of {@link #decode}. USAGE for numbers
     * that no scale can hold, UNSUPPORTED unless {@link #encodes}.
     */
    void encode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks);
}
