package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's TQ1_0 for weights of -1, 0 and 1 times a scale, five to a byte: 52 bytes, then a half-precision d. A byte is the
 * fraction {@code 0.abcde} in base three, times 256 and rounded up, of five digits 0 to 2; a number is
 * {@code d * (digit - 1)}. Byte i of the first 32 has the numbers i, i + 32 ... i + 128; byte i of the next 16 the numbers
 * 160 + i, 160 + i + 16 ...; byte i of the last four the numbers 240 + i, 240 + i + 4 ... and no fifth.
 */
public final class TQ1_0 extends BlockByBlock {

    public TQ1_0() {
        super("TQ1_0", 256, 54);
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        float d = Little.half(src, at + 52);
        digits(src, at, 32, 5, d, out, 0);
        digits(src, at + 32, 16, 5, d, out, 160);
        digits(src, at + 48, 4, 4, d, out, 240);
    }

    private static void digits(MemorySegment src, long at, int bytes, int digits, float d, float[] out, int from) {
        for (int i = 0; i < bytes; i++) {
            int fraction = Little.unsigned(src, at + i);
            for (int k = 0; k < digits; k++) {
                out[from + k * bytes + i] = d * (((fraction * 3) >> 8) - 1);
                fraction = (fraction * 3) & 255;
            }
        }
    }

    @Override
    void encodeBlock(float[] x, MemorySegment dst, long at) {
        float d = Math.abs(ScaleSearch.extreme(x, 0, 256));
        dst.set(Little.SHORT, at + 52, Little.half("TQ1_0", d));
        int[] codes = TQ2_0.codes(x, d);
        pack(codes, 0, 32, 5, dst, at);
        pack(codes, 160, 16, 5, dst, at + 32);
        pack(codes, 240, 4, 4, dst, at + 48);
    }

    private static void pack(int[] codes, int from, int bytes, int digits, MemorySegment dst, long at) {
        for (int i = 0; i < bytes; i++) {
            int number = 0;
            for (int k = 0; k < 5; k++) {
                number = number * 3 + (k < digits ? codes[from + k * bytes + i] : 0);
            }
            dst.set(Little.BYTE, at + i, (byte) ((number * 256 + 242) / 243));
        }
    }
}
