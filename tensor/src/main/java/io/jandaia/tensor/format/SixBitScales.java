package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * What {@link Q4_K} and {@link Q5_K} share: 256 numbers in eight groups of 32, half-precision d and dmin, then 12 bytes
 * with a scale and a minimum of six bits for each group. A number is {@code d * scale * code - dmin * minimum}. Scales and
 * minima 0 to 3 lie in the low six bits of bytes 0 to 3 and 4 to 7; those of group i + 4 have their low four bits in the low
 * and high nibble of byte i + 8 and their upper two above scale and minimum i.
 */
final class SixBitScales {

    static final int GROUP = 32;

    private static final int MOST = 63;

    private SixBitScales() {}

    static int scale(MemorySegment src, long at, int group) {
        return group < 4
                ? Little.unsigned(src, at + group) & 63
                : (Little.unsigned(src, at + group + 4) & 15) | (Little.unsigned(src, at + group - 4) >> 6 << 4);
    }

    static int minimum(MemorySegment src, long at, int group) {
        return group < 4
                ? Little.unsigned(src, at + group + 4) & 63
                : (Little.unsigned(src, at + group + 4) >> 4) | (Little.unsigned(src, at + group) >> 6 << 4);
    }

    /** Writes the first 16 bytes of a block and returns the codes, of 0 to {@code most}. */
    static int[] encode(String format, float[] x, int most, float first, int steps, MemorySegment dst, long at) {
        ScaleSearch search = new ScaleSearch(256, GROUP);
        float[] weights = new float[GROUP];
        float[] scales = new float[8];
        float[] minima = new float[8];
        float maxScale = 0;
        float maxMinimum = 0;
        for (int g = 0; g < 8; g++) {
            float squares = 0;
            for (int i = 0; i < GROUP; i++) {
                squares += x[GROUP * g + i] * x[GROUP * g + i];
            }
            float usual = (float) Math.sqrt(squares / GROUP);
            for (int i = 0; i < GROUP; i++) {
                weights[i] = usual + Math.abs(x[GROUP * g + i]);
            }
            scales[g] = search.withMinimum(x, GROUP * g, GROUP, most, weights, first, steps, false);
            minima[g] = search.minimum;
            maxScale = Math.max(maxScale, scales[g]);
            maxMinimum = Math.max(maxMinimum, minima[g]);
        }
        dst.set(Little.SHORT, at, Little.half(format, maxScale / MOST));
        dst.set(Little.SHORT, at + 2, Little.half(format, maxMinimum / MOST));
        float d = Little.half(dst, at);
        float dmin = Little.half(dst, at + 2);
        int[] scale = new int[8];
        int[] minimum = new int[8];
        float inverseScale = maxScale > 0 ? MOST / maxScale : 0;
        float inverseMinimum = maxMinimum > 0 ? MOST / maxMinimum : 0;
        for (int g = 0; g < 8; g++) {
            scale[g] = Math.min(MOST, ScaleSearch.nearest(inverseScale * scales[g]) & 255);
            minimum[g] = Math.min(MOST, ScaleSearch.nearest(inverseMinimum * minima[g]) & 255);
            float step = d * scale[g];
            for (int i = GROUP * g; step != 0 && i < GROUP * (g + 1); i++) {
                search.codes[i] = Math.clamp(ScaleSearch.nearest((x[i] + dmin * minimum[g]) / step), 0, most);
            }
        }
        for (int g = 0; g < 4; g++) {
            dst.set(Little.BYTE, at + 4 + g, (byte) (scale[g] | (scale[g + 4] >> 4 << 6)));
            dst.set(Little.BYTE, at + 8 + g, (byte) (minimum[g] | (minimum[g + 4] >> 4 << 6)));
            dst.set(Little.BYTE, at + 12 + g, (byte) ((scale[g + 4] & 15) | ((minimum[g + 4] & 15) << 4)));
        }
        return search.codes;
    }

    /** The low four bits of 256 codes as 128 bytes: those of numbers i and i + 32 of each 64 share a byte. */
    static void packNibbles(int[] codes, MemorySegment dst, long at) {
        for (int i = 0; i < 128; i++) {
            int c = i / 32 * 64 + i % 32;
            dst.set(Little.BYTE, at + i, (byte) ((codes[c] & 15) | ((codes[c + 32] & 15) << 4)));
        }
    }
}
