package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's IQ2_XXS: 256 numbers in groups of 32. A half-precision d, then eight bytes a group: four bytes choose a point
 * of eight numbers each, the lowest 28 bits of the rest are four times seven signs, the upper four the scale. A number
 * is {@code d * (scale + 0.5) / 4 * coordinate}.
 */
public final class IQ2_XXS extends BlockByBlock {

    private static final Grid GRID = Grid.of(
            "VRUUVRBEQUEABBREABAAAAAEQAAUAEAAAAAABAAAUBBAQREAARQEQFAEQAAQAAAFEAAAUAAAAQAAQAAAQRQEQBQUAAAEAAAE"
                    + "AAAEAAAAAAAABBAAAAAAAAAAABQEEBAAQAAEEQAEARAAQEAAAQAAAAAAAQQAAAAAABAEQARAAAAEAAAAABAAAAAQAAAAQAAQ"
                    + "AAAAAAAAAAAFAQAEAABAAAAAEQAAAAAAAAAAAQAAAABAAAAAAAAUBAAAAQABBQAAAAAAEBAAAAAAAFAAAAAAAAAAAABAQQAA"
                    + "AUAAAAAAQAAAAAQAQAAAAAAAAAAAAAAAQAAAQAAEAAAAAAAEAAAAAAAAAAAAAAAAAAAAAQAAAAAAUBBEQRAQARQEABAAQAAA"
                    + "AAREAABAQAAAQEAAAQAAQBAAAQAAABAAEAAABBAAAAAAAAAAAQAAAAAAAAAAABQEABABAAAAAAAEAAAAABABBAAAAAAAAAQA"
                    + "AAAEABBEUAAAAAAEAQAAAQAABAAAAAAAAQAAAAAAAABAAAAAAAAAAAAAQAEAAAEAAAAAAAAAAAQAAAAAAQAAAAAEEAQAAAAE"
                    + "AAAAAAAAQAAAAAAAAAAEAAAAAAAAAAAAQQAAAQAAAQAAQAAAAABAAAAAAAAAQAAAABAAAAAAEQAAAAAAAAAAAAAUAAAAAAAE"
                    + "AAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQEEAAAQAAEAAAAAEQAAEAAAAAAAAAAQAAAAAAAAA"
                    + "ABREABAAQAAAAAAEAAAABAAAABAAAAQAQAAAAQAAAEAAAAAAAAAAAAAAAQAAAAAAAAAAAAABAAAAAAAAAAAEARAEAAAAAAAB"
                    + "AEAAAAAAQAAAAAAAAAABAAAAAAAEAEAAAQAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAQAAAAAAAAAA"
                    + "AAAAAAAAAAAABAAAABAAAAQAAAABAAAAAAAAAAAEAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                    + "AAAEAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            8,
            8,
            25,
            43);

    public IQ2_XXS() {
        super("IQ2_XXS", 256, 66);
    }

    @Override
    public boolean encodes() {
        return false;
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        float d = Little.half(src, at);
        for (int g = 0; g < 8; g++) {
            int signs = src.get(Little.INT, at + 6 + 8L * g);
            float scale = d * (0.5f + (signs >>> 28)) * 0.25f;
            for (int k = 0; k < 4; k++) {
                int point = Little.unsigned(src, at + 2 + 8L * g + k);
                GRID.put(point, scale, Grid.evenSigns((signs >> (7 * k)) & 127), out, 32 * g + 8 * k);
            }
        }
    }
}
