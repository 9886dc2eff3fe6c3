package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's Q5_K: 256 numbers; d, dmin and the scales and minima of {@link SixBitScales}, then 32 bytes of fifth bits, bit
 * i / 32 of byte i % 32 is that of number i, then 128 bytes of nibbles as in {@link Q4_K}.
 */
public final class Q5_K extends BlockByBlock {

    public Q5_K() {
        super("Q5_K", 256, 176);
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        float d = Little.half(src, at);
        float dmin = Little.half(src, at + 2);
        for (int g = 0; g < 8; g++) {
            float step = d * SixBitScales.scale(src, at + 4, g);
            float minimum = dmin * SixBitScales.minimum(src, at + 4, g);
            for (int i = 0; i < 32; i++) {
                int low = (Little.unsigned(src, at + 48 + g / 2 * 32L + i) >> (g % 2 * 4)) & 15;
                int fifth = (Little.unsigned(src, at + 16 + i) >> g) & 1;
                out[32 * g + i] = step * (low | (fifth << 4)) - minimum;
            }
        }
    }

    @Override
    void encodeBlock(float[] x, MemorySegment dst, long at) {
        int[] codes = SixBitScales.encode("Q5_K", x, 31, -0.5f, 15, dst, at);
        for (int i = 0; i < 32; i++) {
            int fifths = 0;
            for (int g = 0; g < 8; g++) {
                fifths |= codes[32 * g + i] >> 4 << g;
            }
            dst.set(Little.BYTE, at + 16 + i, (byte) fifths);
        }
        SixBitScales.packNibbles(codes, dst, at + 48);
    }
}
