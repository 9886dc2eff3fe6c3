package io.jandaia.tensor.format;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.jandaia.error.JandaiaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What the formats share: the layouts of little-endian files and the half-precision scale of a block. */
final class Little {

    static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    /** Floats in memory, in the order of the machine. */
    static final ValueLayout.OfFloat NATIVE_FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private Little() {}

    /** {@code v} as the half-precision scale or offset of a block; USAGE when NaN or too large, as the block would be lost. */
    static short half(String format, float v) {
        short h = Float.floatToFloat16(v);
        if ((h & 0x7C00) == 0x7C00) {
            throw JandaiaException.usage("Cannot encode a block as " + format
                    + ": its numbers give the scale or offset " + v
                    + ", which half precision cannot hold; expected finite weights of ordinary size.");
        }
        return h;
    }

    /** The half-precision number at {@code at}. */
    static float half(MemorySegment src, long at) {
        return Float.float16ToFloat(src.get(SHORT, at));
    }

    /** The byte at {@code at}, 0 to 255. */
    static int unsigned(MemorySegment src, long at) {
        return src.get(BYTE, at) & 255;
    }

    /** {@code 1 / d}, or 0 for a block of equal numbers. */
    static float inverse(float d) {
        return d == 0f ? 0f : 1f / d;
    }
}
