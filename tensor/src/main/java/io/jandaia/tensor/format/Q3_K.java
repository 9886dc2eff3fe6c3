package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's Q3_K: 256 numbers in groups of 16. 32 bytes of third bits, bit i / 32 of byte i % 32 is that of number i; 64 bytes
 * of the lower two bits as in {@link Q2_K}; 12 bytes of 16 scales of six bits; a half-precision d. A number is
 * {@code d * (scale - 32) * (code - 4)}. The low four bits of scales 0 to 7 and 8 to 15 share eight bytes, the upper two of
 * scales i, i + 4, i + 8 and i + 12 the four that follow.
 */
public final class Q3_K extends BlockByBlock {

    private static final int GROUP = 16;

    public Q3_K() {
        super("Q3_K", 256, 110);
    }

    private static int scale(MemorySegment src, long at, int group) {
        int low = (Little.unsigned(src, at + group % 8) >> (group / 8 * 4)) & 15;
        int high = (Little.unsigned(src, at + 8 + group % 4) >> (group / 4 * 2)) & 3;
        return (low | (high << 4)) - 32;
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        float d = Little.half(src, at + 108);
        for (int g = 0; g < 16; g++) {
            float step = d * scale(src, at + 96, g);
            for (int i = GROUP * g; i < GROUP * (g + 1); i++) {
                int low = (Little.unsigned(src, at + 32 + i / 128 * 32L + i % 32) >> (i % 128 / 32 * 2)) & 3;
                int third = (Little.unsigned(src, at + i % 32) >> (i / 32)) & 1;
                out[i] = step * (low + 4 * third - 4);
            }
        }
    }

    @Override
    void encodeBlock(float[] x, MemorySegment dst, long at) {
        ScaleSearch search = new ScaleSearch(256, GROUP);
        float[] scales = new float[256 / GROUP];
        for (int g = 0; g < scales.length; g++) {
            scales[g] = search.refined(x, GROUP * g, GROUP, 4);
        }
        float largest = ScaleSearch.extreme(scales, 0, scales.length);
        float inverse = largest == 0 ? 0 : -32f / largest;
        dst.set(Little.SHORT, at + 108, Little.half("Q3_K", largest == 0 ? 0 : 1 / inverse));
        float d = Little.half(dst, at + 108);
        dst.asSlice(at + 96, 12).fill((byte) 0);
        for (int g = 0; g < scales.length; g++) {
            int scale = largest == 0 ? 0 : Math.clamp(ScaleSearch.nearest(inverse * scales[g]), -32, 31) + 32;
            or(dst, at + 96 + g % 8, (scale & 15) << (g / 8 * 4));
            or(dst, at + 104 + g % 4, (scale >> 4) << (g / 4 * 2));
            float step = d * (scale - 32);
            for (int i = GROUP * g; step != 0 && i < GROUP * (g + 1); i++) {
                search.codes[i] = Math.clamp(ScaleSearch.nearest(x[i] / step), -4, 3) + 4;
            }
        }
        for (int i = 0; i < 32; i++) {
            int thirds = 0;
            for (int k = 0; k < 8; k++) {
                thirds |= (search.codes[32 * k + i] >> 2) << k;
            }
            dst.set(Little.BYTE, at + i, (byte) thirds);
        }
        Q2_K.packTwoBits(search.codes, dst, at + 32);
    }

    private static void or(MemorySegment dst, long at, int bits) {
        dst.set(Little.BYTE, at, (byte) (dst.get(Little.BYTE, at) | bits));
    }
}
