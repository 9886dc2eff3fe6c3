package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's IQ4_XS: 256 numbers in eight groups of 32 that are laid out as in {@link IQ4_NL}. A half-precision d; 16 bits with
 * the upper two bits of eight scales of six bits; four bytes with their lower nibbles; 128 bytes of nibbles. A number is
 * {@code d * (scale - 32) * level}.
 */
public final class IQ4_XS extends BlockByBlock {

    public IQ4_XS() {
        super("IQ4_XS", 256, 136);
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        float d = Little.half(src, at);
        int high = src.get(Little.SHORT, at + 2);
        int low = src.get(Little.INT, at + 4);
        for (int g = 0; g < 8; g++) {
            int scale = ((low >>> (4 * g)) & 15) | (((high >> (2 * g)) & 3) << 4);
            IQ4_NL.decode(src, at + 8 + 16L * g, d * (scale - 32), out, 32 * g);
        }
    }

    @Override
    void encodeBlock(float[] x, MemorySegment dst, long at) {
        float[] scales = new float[8];
        for (int g = 0; g < 8; g++) {
            scales[g] = IQ4_NL.scale(x, 32 * g);
        }
        float d = -ScaleSearch.extreme(scales, 0, 8) / 32;
        dst.set(Little.SHORT, at, Little.half("IQ4_XS", d));
        float inverse = Little.inverse(d);
        int high = 0;
        int low = 0;
        for (int g = 0; g < 8; g++) {
            int scale = Math.clamp(ScaleSearch.nearest(inverse * scales[g]), -32, 31);
            IQ4_NL.encode(x, 32 * g, d * scale, dst, at + 8 + 16L * g);
            low |= ((scale + 32) & 15) << (4 * g);
            high |= ((scale + 32) >> 4) << (2 * g);
        }
        dst.set(Little.SHORT, at + 2, (short) high);
        dst.set(Little.INT, at + 4, low);
    }
}
