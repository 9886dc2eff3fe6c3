package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's Q2_K: 256 numbers in groups of 16. 16 bytes, the scale of a group in the low and its minimum in the high nibble;
 * 64 bytes of two-bit codes; half-precision d and dmin. A number is {@code d * scale * code - dmin * minimum}. The codes of
 * numbers i, i + 32, i + 64 and i + 96 of each half share byte i, lowest bits first.
 */
public final class Q2_K extends BlockByBlock {

    private static final int GROUP = 16;

    public Q2_K() {
        super("Q2_K", 256, 84);
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        float d = Little.half(src, at + 80);
        float dmin = Little.half(src, at + 82);
        for (int i = 0; i < 256; i++) {
            int packed = Little.unsigned(src, at + i / GROUP);
            int code = (Little.unsigned(src, at + 16 + i / 128 * 32L + i % 32) >> (i % 128 / 32 * 2)) & 3;
            out[i] = d * (packed & 15) * code - dmin * (packed >> 4);
        }
    }

    @Override
    void encodeBlock(float[] x, MemorySegment dst, long at) {
        ScaleSearch search = new ScaleSearch(256, GROUP);
        float[] weights = new float[GROUP];
        float[] scales = new float[256 / GROUP];
        float[] minima = new float[256 / GROUP];
        float maxScale = 0;
        float maxMinimum = 0;
        for (int g = 0; g < scales.length; g++) {
            for (int i = 0; i < GROUP; i++) {
                weights[i] = Math.abs(x[GROUP * g + i]);
            }
            scales[g] = search.withMinimum(x, GROUP * g, GROUP, 3, weights, -0.5f, 15, true);
            minima[g] = search.minimum;
            maxScale = Math.max(maxScale, scales[g]);
            maxMinimum = Math.max(maxMinimum, minima[g]);
        }
        dst.set(Little.SHORT, at + 80, Little.half("Q2_K", maxScale / 15f));
        dst.set(Little.SHORT, at + 82, Little.half("Q2_K", maxMinimum / 15f));
        float d = Little.half(dst, at + 80);
        float dmin = Little.half(dst, at + 82);
        for (int g = 0; g < scales.length; g++) {
            int scale = maxScale > 0 ? ScaleSearch.nearest(15f / maxScale * scales[g]) & 15 : 0;
            int minimum = maxMinimum > 0 ? ScaleSearch.nearest(15f / maxMinimum * minima[g]) & 15 : 0;
            dst.set(Little.BYTE, at + g, (byte) (scale | (minimum << 4)));
            float step = d * scale;
            for (int i = GROUP * g; step != 0 && i < GROUP * (g + 1); i++) {
                search.codes[i] = Math.clamp(ScaleSearch.nearest((x[i] + dmin * minimum) / step), 0, 3);
            }
        }
        packTwoBits(search.codes, dst, at + 16);
    }

    /** The low two bits of 256 codes as 64 bytes. */
    static void packTwoBits(int[] codes, MemorySegment dst, long at) {
        for (int half = 0; half < 2; half++) {
            for (int i = 0; i < 32; i++) {
                int c = 128 * half + i;
                int four = (codes[c] & 3)
                        | ((codes[c + 32] & 3) << 2)
                        | ((codes[c + 64] & 3) << 4)
                        | ((codes[c + 96] & 3) << 6);
                dst.set(Little.BYTE, at + 32L * half + i, (byte) four);
            }
        }
    }
}
