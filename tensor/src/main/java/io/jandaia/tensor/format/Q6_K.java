package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's Q6_K: 256 numbers in groups of 16. 128 bytes of nibbles, where numbers i and i + 64 of each half share a byte; 64
 * bytes of the upper two bits, laid out as in {@link Q2_K}; 16 signed bytes of scales; a half-precision d. A number is
 * {@code d * scale * (code - 32)}.
 */
public final class Q6_K extends BlockByBlock {

    private static final int GROUP = 16;

    public Q6_K() {
        super("Q6_K", 256, 210);
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        float d = Little.half(src, at + 208);
        for (int g = 0; g < 16; g++) {
            float step = d * src.get(Little.BYTE, at + 192 + g);
            for (int i = GROUP * g; i < GROUP * (g + 1); i++) {
                int low = (Little.unsigned(src, at + i / 128 * 64L + i % 64) >> (i % 128 / 64 * 4)) & 15;
                int high = (Little.unsigned(src, at + 128 + i / 128 * 32L + i % 32) >> (i % 128 / 32 * 2)) & 3;
                out[i] = step * ((low | (high << 4)) - 32);
            }
        }
    }

    @Override
    void encodeBlock(float[] x, MemorySegment dst, long at) {
        ScaleSearch search = new ScaleSearch(256, GROUP);
        float[] scales = new float[256 / GROUP];
        for (int g = 0; g < scales.length; g++) {
            scales[g] = search.symmetric(x, GROUP * g, GROUP, 32);
        }
        float largest = ScaleSearch.extreme(scales, 0, scales.length);
        if (Math.abs(largest) < ScaleSearch.ZERO) {
            dst.asSlice(at, bytes()).fill((byte) 0);
            return;
        }
        float inverse = -128f / largest;
        dst.set(Little.SHORT, at + 208, Little.half("Q6_K", 1 / inverse));
        float d = Little.half(dst, at + 208);
        for (int g = 0; g < scales.length; g++) {
            int scale = Math.clamp(ScaleSearch.nearest(inverse * scales[g]), -128, 127);
            dst.set(Little.BYTE, at + 192 + g, (byte) scale);
            float step = d * scale;
            for (int i = GROUP * g; step != 0 && i < GROUP * (g + 1); i++) {
                search.codes[i] = Math.clamp(ScaleSearch.nearest(x[i] / step), -32, 31) + 32;
            }
        }
        int[] high = new int[256];
        for (int i = 0; i < 256; i++) {
            high[i] = search.codes[i] >> 4;
        }
        for (int i = 0; i < 128; i++) {
            int c = i / 64 * 128 + i % 64;
            dst.set(Little.BYTE, at + i, (byte) ((search.codes[c] & 15) | ((search.codes[c + 64] & 15) << 4)));
        }
        Q2_K.packTwoBits(high, dst, at + 128);
    }
}
