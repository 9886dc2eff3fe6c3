package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's IQ1_M: 256 numbers of the points of {@link IQ1_S}. 32 bytes with the lower eight bits of a point's number; 16
 * bytes, a nibble a point, with its upper three bits and the sign of the shift; four times 16 bits, of which twelve
 * are the scales of four times 16 numbers and the upper four together the half-precision d. A number is {@code d * (2
 * * scale + 1) * (coordinate + shift)}.
 */
public final class IQ1_M extends BlockByBlock {

    public IQ1_M() {
        super("IQ1_M", 256, 56);
    }

    @Override
    public boolean encodes() {
        return false;
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        int bits = 0;
        for (int k = 0; k < 4; k++) {
            bits |= (src.get(Little.SHORT, at + 48 + 2L * k) & 0xF000) >> (12 - 4 * k);
        }
        float d = Float.float16ToFloat((short) bits);
        for (int k = 0; k < 32; k++) {
            int nibble = Little.unsigned(src, at + 32 + k / 2) >> (k % 2 * 4);
            int point = Little.unsigned(src, at + k) | ((nibble & 7) << 8);
            int scale = (src.get(Little.SHORT, at + 48 + k / 8 * 2L) >> (k / 2 % 4 * 3)) & 7;
            float shift = (nibble & 8) == 0 ? IQ1_S.SHIFT : -IQ1_S.SHIFT;
            IQ1_S.GRID.putShifted(point, d * (2 * scale + 1), shift, out, 8 * k);
        }
    }
}
