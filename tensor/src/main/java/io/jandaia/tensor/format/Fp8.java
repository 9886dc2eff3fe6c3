package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * Floats of eight bits as checkpoints of the Hub have them: a float32 scale, then 32 numbers in E4M3 (a sign, four bits of
 * exponent, three of mantissa; Micikevicius et al. 2022). A number is {@code scale * float}. The two codes of E4M3 that
 * stand for NaN must not occur.
 */
public final class Fp8 extends BlockByBlock {

    /** What the difference between the biases of the exponents in float32 and E4M3, 127 and 7, makes. */
    public static final float BIAS = 0x1p120f;

    public Fp8() {
        super("FP8", 32, 36);
    }

    /** The float32 of an E4M3 number that is not NaN: exact, also of subnormal ones. */
    public static float e4m3(byte code) {
        return Float.intBitsToFloat((code & 0x8000_0000) | ((code & 0x7F) << 20)) * BIAS;
    }

    @Override
    public boolean encodes() {
        return false;
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        float scale = src.get(Little.FLOAT, at);
        for (int i = 0; i < 32; i++) {
            out[i] = scale * e4m3(src.get(Little.BYTE, at + 4 + i));
        }
    }
}
