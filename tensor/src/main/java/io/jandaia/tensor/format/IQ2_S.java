package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's IQ2_S: 256 numbers. A half-precision d; 32 bytes with the lower eight bits of the number of a point of eight
 * numbers; 32 bytes of signs; eight bytes with the upper two bits of four points each; eight bytes with the scale of
 * 16 numbers a nibble. A number is {@code d * (scale + 0.5) / 4 * coordinate}.
 */
public final class IQ2_S extends BlockByBlock {

    private static final Grid GRID = Grid.of(
            "VVVVUVVFVRUFEVVVUVBFVRQFFRRUURBQVQQAEREQUFVFVVVVFVRFUVBVVRRVVRRUURBAVQQAURQEUBAAQBVVEVVVURABAUAF"
                    + "VQREURBAQAAAARQQBRAAAABAAFRVUVFFVRUVURRUVVVFVRUFVRQAUBRBQQQFABQEAFBFVRRVVRRUURBAVRUFVRQEUBAAQBQF"
                    + "ARQEABAAAEBVUQRUURBAAQAAVRQEUBAAEAAABBAEABAABAAAAABUURVRQQUEAREAVFBBQAUFARQEABAQAFEEAQAABQBEVRQF"
                    + "VRQEUBAAQBQFARQEABEAAAAFAQAEAAQAAAAAERQAUBAAAEAAABUEAAAAAAAAEAAABEAAAAAEQAEAUFVVRVVVFRREUVBFVQVV"
                    + "VRRUURBAQRUEURQEUAAAQFVVVVRVUVBFQQBVVRRUURBQQQAAVRQEUBAAQAAAEBRVUVBFQQAEAQBUURBAQQAAAUAAUBAAQAAA"
                    + "AAAAAFBFVRVVVRRUUQBAVRUFVRQEUBAAQBQFARQEABQAAABVVRRUURBAQQAAVRQEUBAAQAAAABQEABEAAAAAAABUURBAQUAA"
                    + "AQAAUBAAQAAAAAAAABAAEAAAAABAAABERRUFURQEQBAAQBUFARQEABAAEAAEAQAEAAEAAAABURQEUBAAQAAAABQEABAQABAA"
                    + "BAAEAAAAAAAAABAAUBAAAAAAEAAAARAAAEAAAAAAAAAAAAAABAAAAABAQBVFERRUERBBAQBFVRRUUQBAQQBAERUAUBAAAAAA"
                    + "AFRVEVBFQQAFAQBUURBAQQAAAQEAUBAAUAAAAAAAABBBAQAFAQAAAEBAAQAAAQBAAAAAAAAABAAABUAAAAFFVRBUURBAQQAA"
                    + "ERQAUBAQAAAAABQEABAAAAAAAEBUURBAQQAAAUAAUBAAQAAAAAAAERAAAAAQABAAAABAQQAQAQAAAAAAUAAAAAARAAAAAAAA"
                    + "AAAAAAAAQAAAEREQVBAAAAAABAEAABAAAAQAAAAQBEAUAAAARAEAURAAQAAAAAABQBAAEAAAAAAAAAAAAAAAAAQAAAAAAEAA"
                    + "QAAAAAAAAAEAAAAAQAAABAAAQAEUAQAAABAAAAE",
            8,
            8,
            25,
            43);

    public IQ2_S() {
        super("IQ2_S", 256, 82);
    }

    @Override
    public boolean encodes() {
        return false;
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        float d = Little.half(src, at);
        for (int k = 0; k < 32; k++) {
            int high = (Little.unsigned(src, at + 66 + k / 4) >> (k % 4 * 2)) & 3;
            int point = Little.unsigned(src, at + 2 + k) | (high << 8);
            int scale = (Little.unsigned(src, at + 74 + k / 4) >> (k / 2 % 2 * 4)) & 15;
            GRID.put(point, d * (0.5f + scale) * 0.25f, Little.unsigned(src, at + 34 + k), out, 8 * k);
        }
    }
}
