package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * The four-bit types of bitsandbytes (Dettmers et al. 2023): a float32 scale, then 16 bytes of nibbles as in {@link Q4_0}; a
 * nibble chooses one of 16 levels between -1 and 1. A number is {@code scale * level}.
 */
public final class LevelBlocks extends BlockByBlock {

    private static final float[] NF4 = {
        -1.0f,
        -0.6961928f,
        -0.52507305f,
        -0.3949175f,
        -0.28444138f,
        -0.18477343f,
        -0.091050036f,
        0.0f,
        0.0795803f,
        0.1609302f,
        0.2461123f,
        0.33791524f,
        0.44070983f,
        0.562617f,
        0.72295684f,
        1.0f
    };

    private static final float[] FP4 = signed(0f, 0.0625f / 12, 8f / 12, 1f, 4f / 12, 6f / 12, 2f / 12, 3f / 12);

    private final float[] levels;

    private LevelBlocks(String name, float[] levels) {
        super(name, 32, 20);
        this.levels = levels;
    }

    /** Levels at equal shares of a normal distribution. */
    public static LevelBlocks nf4() {
        return new LevelBlocks("NF4", NF4);
    }

    /** Floats of a sign, two bits of exponent and one of mantissa, divided by the largest. */
    public static LevelBlocks fp4() {
        return new LevelBlocks("FP4", FP4);
    }

    /** The levels, a new array. */
    public float[] levels() {
        return levels.clone();
    }

    private static float[] signed(float... positive) {
        float[] out = new float[16];
        for (int i = 0; i < 8; i++) {
            out[i] = positive[i];
            out[i + 8] = -positive[i];
        }
        return out;
    }

    @Override
    public boolean encodes() {
        return false;
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        float scale = src.get(Little.FLOAT, at);
        for (int i = 0; i < 16; i++) {
            int pair = Little.unsigned(src, at + 4 + i);
            out[i] = scale * levels[pair & 15];
            out[i + 16] = scale * levels[pair >> 4];
        }
    }
}
