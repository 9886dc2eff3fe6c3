package io.jandaia.tensor.format;

import io.jandaia.error.JandaiaException;
import java.lang.foreign.MemorySegment;

/**
 * A format that is written one block at a time on an array of its numbers, as the formats with super-blocks of 256 are:
 * their numbers depend on scales that are packed themselves.
 */
public abstract class BlockByBlock implements BlockFormat {

    /** No scale in half precision reaches larger numbers, and their squares still are float32. */
    private static final float LARGEST = 1e9f;

    private final String name;
    private final int elements;
    private final int bytes;

    BlockByBlock(String name, int elements, int bytes) {
        this.name = name;
        this.elements = elements;
        this.bytes = bytes;
    }

    @Override
    public final int elements() {
        return elements;
    }

    @Override
    public final int bytes() {
        return bytes;
    }

    /** Decodes the block at byte {@code at} into {@code out[0 .. elements())}. */
    public abstract void decodeBlock(MemorySegment src, long at, float[] out);

    /** Encodes {@code x[0 .. elements())}, all finite, to byte {@code at}, of which every byte is written. */
    void encodeBlock(float[] x, MemorySegment dst, long at) {
        throw JandaiaException.unsupported("Cannot encode as " + name
                + ": its blocks need to be told which weights matter most, which this version cannot do; choose IQ4_XS or Q2_K,"
                + " for example.");
    }

    @Override
    public final void decode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        float[] out = new float[elements];
        for (long b = 0; b < blocks; b++) {
            decodeBlock(src, srcOffset + b * bytes, out);
            MemorySegment.copy(out, 0, dst, Little.NATIVE_FLOAT, dstOffset + 4 * b * elements, elements);
        }
    }

    @Override
    public final void encode(MemorySegment src, long srcOffset, MemorySegment dst, long dstOffset, long blocks) {
        float[] x = new float[elements];
        for (long b = 0; b < blocks; b++) {
            MemorySegment.copy(src, Little.NATIVE_FLOAT, srcOffset + 4 * b * elements, x, 0, elements);
            for (float v : x) {
                if (!(Math.abs(v) <= LARGEST)) {
                    throw JandaiaException.usage("Cannot encode a block as " + name + ": it holds the number " + v
                            + "; expected finite weights of ordinary size.");
                }
            }
            encodeBlock(x, dst, dstOffset + b * bytes);
        }
    }
}
