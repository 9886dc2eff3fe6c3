package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's Q4_K: 256 numbers; d, dmin and the scales and minima of {@link SixBitScales}, then 128 bytes of nibbles: numbers i
 * and i + 32 of each 64 share a byte, the first in its low half.
 */
public final class Q4_K extends BlockByBlock {

    public Q4_K() {
        super("Q4_K", 256, 144);
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        float d = Little.half(src, at);
        float dmin = Little.half(src, at + 2);
        for (int g = 0; g < 8; g++) {
            float step = d * SixBitScales.scale(src, at + 4, g);
            float minimum = dmin * SixBitScales.minimum(src, at + 4, g);
            for (int i = 0; i < 32; i++) {
                int code = (Little.unsigned(src, at + 16 + g / 2 * 32L + i) >> (g % 2 * 4)) & 15;
                out[32 * g + i] = step * code - minimum;
            }
        }
    }

    @Override
    void encodeBlock(float[] x, MemorySegment dst, long at) {
        int[] codes = SixBitScales.encode("Q4_K", x, 15, -1f, 20, dst, at);
        SixBitScales.packNibbles(codes, dst, at + 16);
    }
}
