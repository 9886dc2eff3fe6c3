package io.jandaia.model.tokenizer;

import java.util.Set;

/**
 * Pieces of a SentencePiece model to text as transformers' MarianTokenizer has it: special tokens stand for themselves, with a
 * space behind, and begin the text anew; at the ends of all there is no whitespace.
 *
 * @param special tokens that are not pieces
 * @param known pieces of the model that show; others, such as language codes, are never taken for the first word
 * @param controls pieces of the model that do not show
 * @param bare whether the first word of a text stands without its space
 * @param bareAgain whether that goes on until a piece has shown something
 */
record MarianDecoder(Set<String> special, Set<String> known, Set<String> controls, boolean bare, boolean bareAgain)
        implements Decoder {

    @Override
    public Sink stage(Sink next) {
        return new Whole(next) {
            private boolean begun;
            private boolean any;
            private final StringBuilder spaces = new StringBuilder();

            @Override
            void token(String token) {
                if (special.contains(token)) {
                    begun = false;
                    pass(token + " ");
                    return;
                }
                if (controls.contains(token)) return;
                String piece = token;
                if (bare && !begun && known.contains(token) && !token.isEmpty() && token.charAt(0) == Metaspace.MARK) {
                    piece = token.substring(1);
                    begun = !bareAgain;
                }
                begun |= !piece.isEmpty();
                pass(piece.replace(Metaspace.MARK, ' '));
            }

            // Whitespace waits for what comes after it, and is lost at both ends.
            private void pass(String text) {
                int end = text.length();
                while (end > 0 && isSpace(text.charAt(end - 1))) end--;
                int from = 0;
                while (!any && from < end && isSpace(text.charAt(from))) from++;
                if (from < end) {
                    any = true;
                    next.chunk(spaces + text.substring(from, end));
                    spaces.setLength(0);
                }
                if (any) spaces.append(text, end, text.length());
            }

            @Override
            public void endAll() {
                next.endToken();
                next.endAll();
            }
        };
    }

    /** Whitespace as Python strips it. */
    private static boolean isSpace(char c) {
        return CharSet.isWhitespace(c) || (c >= 0x1C && c <= 0x1F);
    }
}
