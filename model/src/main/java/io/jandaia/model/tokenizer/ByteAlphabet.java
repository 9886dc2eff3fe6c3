package io.jandaia.model.tokenizer;

/**
 * The printable stand-ins that byte-level BPE vocabularies use for the 256 bytes: printable Latin-1 stands for itself, the
 * other 68 bytes follow from U+0100 on (published with GPT-2).
 */
final class ByteAlphabet {

    /** One more than the largest stand-in. */
    private static final int LIMIT = 0x100 + 68;

    private static final char[] CHARS = new char[256];
    private static final short[] BYTES = new short[LIMIT];

    static {
        java.util.Arrays.fill(BYTES, (short) -1);
        int next = 0x100;
        for (int b = 0; b < 256; b++) {
            boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
            CHARS[b] = (char) (printable ? b : next++);
            BYTES[CHARS[b]] = (short) b;
        }
    }

    private ByteAlphabet() {}

    /** The stand-in of a byte (0 to 255). */
    static char toChar(int b) {
        return CHARS[b];
    }

    /** The byte that a character stands for, or -1. */
    static int toByte(int c) {
        return c < LIMIT ? BYTES[c] : -1;
    }

    /** The UTF-8 bytes of a text range, each as its stand-in. */
    static String encode(String text, int from, int to) {
        var mapped = new StringBuilder(to - from + 8);
        for (int i = from; i < to; ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            int n = Utf8.length(c);
            for (int k = 0; k < n; k++) mapped.append(CHARS[Utf8.byteAt(c, k)]);
        }
        return mapped.toString();
    }
}
