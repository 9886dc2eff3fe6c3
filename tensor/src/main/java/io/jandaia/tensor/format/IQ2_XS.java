package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's IQ2_XS: 256 numbers. A half-precision d; 32 times 16 bits, of which nine choose a point of eight numbers and
 * seven are signs; eight bytes with the scale of 16 numbers a nibble. A number is {@code d * (scale + 0.5) / 4 *
 * coordinate}.
 */
public final class IQ2_XS extends BlockByBlock {

    private static final Grid GRID = Grid.of(
            "VVVVUVVFQRVFAVRVVVBFQRAFAQBUURBAQQQAAQEAUFVFQRUVARQEAFBFQQAFAQQEAABAQQAQBQAAQAAAQFUFERQEARAAQEAF"
                    + "AQAEAABAEAAAAQAEAQAAAAAQAVRVUVBFQUAFAQBUURBAQQAAAVAAUBEAQAAAAQAAAFBFQQBFARAEAABAQQAAAQAAAAAAQAAE"
                    + "AAABAAAAAAAFBQAEQAAABAAAEQAAAAAABAAAAAAAAABAAAAAAABVVRBAQQAAAQAEUBAAQBAAEAAAABAAAAEAAAAEAABEQQBA"
                    + "AQAAAAAAQAAAAAQQAAAAEAABAAEAAAAAAAAQQQEEAAABABAABAAAAAAAABAAAQAAARAAAAAARAEAUFVFQVUFERQEAFBFQQAF"
                    + "AQBEAEBAQQFAAQAAAAAAQBVFARQEABAAAQAFARAEAAAAAEAAAQEAQBAAAAAAABQEABABAQEAAAAEEAAAQQBAAAAAQAAAAAAA"
                    + "AAAAAFBFQRAFAQAEAABAQQQABQAAAAAAQAAAABAAAAAAAEAFAQQEABBAAAABQQAAAAAAQBAAAAAAEAAAABAAAAQEQABAQAAA"
                    + "AAABAAAQQAEAAAAAAAAAAAAAAABAAABAQQAAARAQAAEAUAAAAAAAAAAAAAAAABAABAAAAAEAAUAAAAAAAAAAAAAEABABAAAA"
                    + "ABAAAAAAAAAAAAAAEAAAAAAAAAEAAAAAAAQAAAAAAAAABAAAABAQAAAAQBUFARUEAFAAAFAVAQAEEAQAAAAAAQAEAAAAQAEA"
                    + "QRRUABAAQABAAAAEAAAAAQAAAABAAAAEAAAAAAEAABAEAAQAAAEUAAAEBAAAAAAAAAAAAAAABAAAABAEBBAFAQAEAAEAAQAA"
                    + "AQAQAAAAAQAAAAAAAAAABABAAABEAAAAQRAAAAAAAAAAEAAAAAAUAAAAAAABAAAAAAAAAAAAAAQAAAAABAAAAAABAAAAAAAA"
                    + "EAAAABAAAAAARQEEBAAAAAAAAQAAAABAEAAAAEAUAQAQAAAAAQAEAAAAQAAAAABAAAAAAAAAAAAAAAAAAAAAAABAAAAEAEAA"
                    + "RQAAAAAAQBAEAAAAAAAABQAAAAAABQAAAAABAAE",
            8,
            8,
            25,
            43);

    public IQ2_XS() {
        super("IQ2_XS", 256, 74);
    }

    @Override
    public boolean encodes() {
        return false;
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        float d = Little.half(src, at);
        for (int k = 0; k < 32; k++) {
            int code = src.get(Little.SHORT, at + 2 + 2L * k) & 0xFFFF;
            int scale = (Little.unsigned(src, at + 66 + k / 4) >> (k / 2 % 2 * 4)) & 15;
            GRID.put(code & 511, d * (0.5f + scale) * 0.25f, Grid.evenSigns(code >> 9), out, 8 * k);
        }
    }
}
