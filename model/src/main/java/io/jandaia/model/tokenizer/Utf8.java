package io.jandaia.model.tokenizer;

/** UTF-8 arithmetic on single code points. */
final class Utf8 {

    private Utf8() {}

    /** How many bytes a code point takes. */
    static int length(int c) {
        return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    }

    /** How many bytes a text range takes. */
    static int length(String text, int from, int to) {
        int bytes = 0;
        for (int i = from; i < to; ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            bytes += length(c);
        }
        return bytes;
    }

    /** Byte {@code k} (0 to 255) of a code point's encoding. */
    static int byteAt(int c, int k) {
        int n = length(c);
        if (n == 1) return c;
        int tail = 6 * (n - 1 - k);
        if (k > 0) return 0x80 | (c >> tail & 0x3F);
        return (0xF00 >> n & 0xFF) | c >> tail;
    }
}
