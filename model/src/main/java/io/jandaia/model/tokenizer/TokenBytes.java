package io.jandaia.model.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that tokens add to a text, parts of characters included. Special tokens, and those whose text depends on what
 * comes after them, add none.
 */
public final class TokenBytes {

    private static final byte[] NONE = {};

    private final Tokenizer tokenizer;
    private final boolean byteLevel;
    private final boolean byteFallback;
    /** A token of plain letters, before which others are seen as inside a text; -1 if there is none. */
    private final int before;

    private final String beforeText;

    private TokenBytes(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.byteLevel = tokenizer.decodes(d -> d instanceof Decoder.ByteLevel);
        this.byteFallback = tokenizer.decodes(d -> d instanceof Decoder.ByteFallback);
        this.before = byteLevel ? -1 : letters();
        this.beforeText = before < 0 ? "" : tokenizer.decode(new int[] {before}, false);
    }

    public static TokenBytes of(Tokenizer tokenizer) {
        return new TokenBytes(tokenizer);
    }

    private int letters() {
        for (int id = 0; id < tokenizer.size(); id++) {
            if (!tokenizer.isSpecial(id)
                    && tokenizer.decode(new int[] {id}, false).matches("[a-zA-Z]+")) {
                return id;
            }
        }
        return -1;
    }

    /** Of a token that follows others. */
    public byte[] inside(int id) {
        byte[] exact = exact(id);
        if (exact != null) {
            return exact;
        }
        String both =
                before < 0 ? tokenizer.decode(new int[] {id}, false) : tokenizer.decode(new int[] {before, id}, false);
        return both.startsWith(beforeText) ? utf8(both.substring(beforeText.length())) : NONE;
    }

    /** Of a special token that is a part of the text. */
    public byte[] special(int id) {
        return tokenizer.token(id).getBytes(StandardCharsets.UTF_8);
    }

    /** Of a token that begins a text. */
    public byte[] first(int id) {
        byte[] exact = exact(id);
        return exact != null ? exact : utf8(tokenizer.decode(new int[] {id}, false));
    }

    private static byte[] utf8(String text) {
        return text.indexOf('\uFFFD') >= 0 ? NONE : text.getBytes(StandardCharsets.UTF_8);
    }

    /** Where the spelling says it; null where the decoder must be asked. */
    private byte @Nullable [] exact(int id) {
        String spelling = tokenizer.isSpecial(id) ? null : tokenizer.spelling(id);
        if (spelling == null || spelling.isEmpty()) {
            return NONE;
        }
        if (byteLevel) {
            return Decoder.ByteLevel.bytesOf(spelling);
        }
        int b = byteFallback ? Decoder.ByteFallback.byteOf(spelling) : -1;
        return b < 0 ? null : new byte[] {(byte) b};
    }

    /** Whether a decoder is, or has in its chain, one that fits. */
    static boolean has(Decoder decoder, Predicate<Decoder> fits) {
        return fits.test(decoder)
                || (decoder instanceof Decoder.Chain chain
                        && chain.steps().stream().anyMatch(fits));
    }
}
