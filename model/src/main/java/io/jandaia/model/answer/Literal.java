package io.jandaia.model.answer;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A text with holes for what differs from call to call: its number and its id.
 *
 * @param text with {@link #INDEX} and {@link #ID} as the holes
 */
public record Literal(String text) {

    static final char INDEX = '\uE000';
    static final char ID = '\uE001';

    /** What a hole takes. */
    public enum Hole {
        INDEX("[0-9]{1,3}"),
        ID("[a-zA-Z0-9]{9}");

        private final String pattern;

        Hole(String pattern) {
            this.pattern = pattern;
        }

        /** A regular expression. */
        public String pattern() {
            return pattern;
        }
    }

    /** Texts and holes in turn; of each part one is there. */
    public List<Object> parts() {
        List<Object> parts = new ArrayList<>();
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == INDEX || c == ID) {
                parts.add(plain.toString());
                plain.setLength(0);
                parts.add(c == INDEX ? Hole.INDEX : Hole.ID);
            } else {
                plain.append(c);
            }
        }
        parts.add(plain.toString());
        return parts;
    }

    /** What comes before the first hole. */
    String head() {
        return (String) parts().getFirst();
    }

    /** Whether it is at the beginning of a text: {@link Found#NO}, {@link Found#MAYBE} while more could make it so, or where. */
    Found in(CharSequence text) {
        int at = 0;
        String id = null;
        for (Object part : parts()) {
            if (part instanceof String plain) {
                for (int i = 0; i < plain.length(); i++, at++) {
                    if (at == text.length()) {
                        return Found.MAYBE;
                    }
                    if (text.charAt(at) != plain.charAt(i)) {
                        return Found.NO;
                    }
                }
                continue;
            }
            boolean named = part == Hole.ID;
            int from = at;
            while (at < text.length() && at - from < (named ? 9 : 3) && fits(text.charAt(at), named)) {
                at++;
            }
            int least = named ? 9 : 1;
            if (at - from < least) {
                return at == text.length() ? Found.MAYBE : Found.NO;
            }
            id = named ? text.subSequence(from, at).toString() : id;
        }
        return new Found(at, id);
    }

    private static boolean fits(char c, boolean named) {
        return (c >= '0' && c <= '9') || (named && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')));
    }

    /**
     * Where a literal is.
     *
     * @param length how much of the text it takes; negative if it is not there
     */
    record Found(int length, @Nullable String id) {
        static final Found NO = new Found(-1, null);
        static final Found MAYBE = new Found(-2, null);

        /** 1 if it is there, -1 if not, 0 if that is not known yet and more can come. */
        int known(boolean finished) {
            return length >= 0 ? 1 : this.equals(MAYBE) && !finished ? 0 : -1;
        }
    }
}
