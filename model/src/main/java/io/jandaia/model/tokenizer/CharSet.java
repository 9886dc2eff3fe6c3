package io.jandaia.model.tokenizer;

import static java.lang.Character.getType;

import java.util.Locale;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** A set of code points with a fast answer for ASCII. The Unicode version is the one of the Java runtime. */
final class CharSet {

    static final CharSet WHITESPACE = new CharSet(CharSet::isWhitespace);
    static final CharSet ANY = new CharSet(c -> true);
    static final CharSet NOT_NEWLINE = new CharSet(c -> c != '\n');
    static final CharSet NUMBER = new CharSet(CharSet::isNumber);
    static final CharSet PUNCTUATION = new CharSet(CharSet::isPunctuation);

    private final long low;
    private final long high;
    private final IntPredicate rest;

    CharSet(IntPredicate members) {
        long low = 0;
        long high = 0;
        for (int c = 0; c < 64; c++) {
            if (members.test(c)) low |= 1L << c;
            if (members.test(c + 64)) high |= 1L << c;
        }
        this.low = low;
        this.high = high;
        rest = members;
    }

    boolean has(int c) {
        if (c < 128) return ((c < 64 ? low : high) >>> c & 1) != 0;
        return rest.test(c);
    }

    IntPredicate asPredicate() {
        return this::has;
    }

    /** The Unicode property White_Space. */
    static boolean isWhitespace(int c) {
        if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13);
        return c == 0x85
                || in(
                        c,
                        1 << Character.SPACE_SEPARATOR
                                | 1 << Character.LINE_SEPARATOR
                                | 1 << Character.PARAGRAPH_SEPARATOR);
    }

    /** General category N: decimal digits, letter-like and other numbers. */
    static boolean isNumber(int c) {
        return c < 0x80 ? c >= '0' && c <= '9' : in(c, NUMBERS);
    }

    /**
     * Punctuation and format characters since Unicode 9, as pairs of first and last code point. The reference library sorts
     * BERT's characters by tables of Unicode 8.
     */
    private static final int[] NEWER = {
        0x61D, 0x61D, 0x890, 0x891, 0x8E2, 0x8E2, 0x9FD, 0x9FD, 0xA76, 0xA76, 0xC77, 0xC77, 0xC84, 0xC84, 0x1B4E,
        0x1B4F, 0x1B7D, 0x1B7F, 0x2E43, 0x2E4F, 0x2E52, 0x2E5D, 0x10D6E, 0x10D6E, 0x10EAD, 0x10EAD, 0x10F55, 0x10F59,
        0x10F86, 0x10F89, 0x110CD, 0x110CD, 0x111C9, 0x111C9, 0x113D4, 0x113D5, 0x113D7, 0x113D8, 0x1144B, 0x1144F,
        0x1145A, 0x1145B, 0x1145D, 0x1145D, 0x11660, 0x1166C, 0x116B9, 0x116B9, 0x1183B, 0x1183B, 0x11944, 0x11946,
        0x119E2, 0x119E2, 0x11A3F, 0x11A46, 0x11A9A, 0x11A9C, 0x11A9E, 0x11AA2, 0x11B00, 0x11B09, 0x11BE1, 0x11BE1,
        0x11C41, 0x11C45, 0x11C70, 0x11C71, 0x11EF7, 0x11EF8, 0x11F43, 0x11F4F, 0x11FFF, 0x11FFF, 0x12FF1, 0x12FF2,
        0x13430, 0x1343F, 0x16D6D, 0x16D6F, 0x16E97, 0x16E9A, 0x16FE2, 0x16FE2, 0x1E5FF, 0x1E5FF, 0x1E95E, 0x1E95F
    };

    private static boolean isNewer(int c) {
        for (int i = 0; i < NEWER.length && c >= NEWER[i]; i += 2) if (c <= NEWER[i + 1]) return true;
        return false;
    }

    /** General category P, and all ASCII symbols, as BERT and the Punctuation splitter see it. */
    static boolean isPunctuation(int c) {
        if (c < 0x80)
            return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
        return (in(c, PUNCTUATIONS) && !isNewer(c)) || c == 0x166D;
    }

    private static boolean in(int c, int categories) {
        return (categories >>> getType(c) & 1) != 0;
    }

    private static final int LETTERS = 1 << Character.UPPERCASE_LETTER
            | 1 << Character.LOWERCASE_LETTER
            | 1 << Character.TITLECASE_LETTER
            | 1 << Character.MODIFIER_LETTER
            | 1 << Character.OTHER_LETTER;
    private static final int MARKS =
            1 << Character.NON_SPACING_MARK | 1 << Character.ENCLOSING_MARK | 1 << Character.COMBINING_SPACING_MARK;
    private static final int NUMBERS =
            1 << Character.DECIMAL_DIGIT_NUMBER | 1 << Character.LETTER_NUMBER | 1 << Character.OTHER_NUMBER;
    private static final int PUNCTUATIONS = 1 << Character.CONNECTOR_PUNCTUATION
            | 1 << Character.DASH_PUNCTUATION
            | 1 << Character.START_PUNCTUATION
            | 1 << Character.END_PUNCTUATION
            | 1 << Character.INITIAL_QUOTE_PUNCTUATION
            | 1 << Character.FINAL_QUOTE_PUNCTUATION
            | 1 << Character.OTHER_PUNCTUATION;
    private static final int SYMBOLS = 1 << Character.MATH_SYMBOL
            | 1 << Character.CURRENCY_SYMBOL
            | 1 << Character.MODIFIER_SYMBOL
            | 1 << Character.OTHER_SYMBOL;
    private static final int SEPARATORS =
            1 << Character.SPACE_SEPARATOR | 1 << Character.LINE_SEPARATOR | 1 << Character.PARAGRAPH_SEPARATOR;
    private static final int OTHERS = 1 << Character.CONTROL
            | 1 << Character.FORMAT
            | 1 << Character.SURROGATE
            | 1 << Character.PRIVATE_USE
            | 1 << Character.UNASSIGNED;

    static boolean isMark(int c) {
        return c >= 0x300 && in(c, MARKS);
    }

    static boolean isLetter(int c) {
        return in(c, LETTERS);
    }

    /** Controls, formats, surrogates and private use: what BERT's clean-up drops. Unassigned code points stay. */
    static boolean isOther(int c) {
        return in(c, OTHERS & ~(1 << Character.UNASSIGNED)) && !isNewer(c);
    }

    /** What {@code \w} is in Unicode mode: letters, marks, decimal digits, connectors (UTS 18 annex C). */
    static boolean isWord(int c) {
        return Character.isAlphabetic(c)
                || in(c, MARKS | 1 << Character.DECIMAL_DIGIT_NUMBER | 1 << Character.CONNECTOR_PUNCTUATION)
                || c == 0x200C
                || c == 0x200D;
    }

    /** What {@code \w} is in Oniguruma, the regular expressions of the reference library: letters, marks, numbers, Pc. */
    static boolean isOnigurumaWord(int c) {
        return in(c, LETTERS | MARKS | NUMBERS | 1 << Character.CONNECTOR_PUNCTUATION);
    }

    /** The set that {@code \p{name}} means, or null if the name is not known. */
    static @Nullable IntPredicate property(String name) {
        int categories = switch (name) {
            case "L" -> LETTERS;
            case "Lu" -> 1 << Character.UPPERCASE_LETTER;
            case "Ll" -> 1 << Character.LOWERCASE_LETTER;
            case "Lt" -> 1 << Character.TITLECASE_LETTER;
            case "Lm" -> 1 << Character.MODIFIER_LETTER;
            case "Lo" -> 1 << Character.OTHER_LETTER;
            case "M" -> MARKS;
            case "Mn" -> 1 << Character.NON_SPACING_MARK;
            case "Mc" -> 1 << Character.COMBINING_SPACING_MARK;
            case "Me" -> 1 << Character.ENCLOSING_MARK;
            case "N" -> NUMBERS;
            case "Nd" -> 1 << Character.DECIMAL_DIGIT_NUMBER;
            case "Nl" -> 1 << Character.LETTER_NUMBER;
            case "No" -> 1 << Character.OTHER_NUMBER;
            case "P" -> PUNCTUATIONS;
            case "Pc" -> 1 << Character.CONNECTOR_PUNCTUATION;
            case "Pd" -> 1 << Character.DASH_PUNCTUATION;
            case "Ps" -> 1 << Character.START_PUNCTUATION;
            case "Pe" -> 1 << Character.END_PUNCTUATION;
            case "Pi" -> 1 << Character.INITIAL_QUOTE_PUNCTUATION;
            case "Pf" -> 1 << Character.FINAL_QUOTE_PUNCTUATION;
            case "Po" -> 1 << Character.OTHER_PUNCTUATION;
            case "S" -> SYMBOLS;
            case "Sm" -> 1 << Character.MATH_SYMBOL;
            case "Sc" -> 1 << Character.CURRENCY_SYMBOL;
            case "Sk" -> 1 << Character.MODIFIER_SYMBOL;
            case "So" -> 1 << Character.OTHER_SYMBOL;
            case "Z" -> SEPARATORS;
            case "Zs" -> 1 << Character.SPACE_SEPARATOR;
            case "Zl" -> 1 << Character.LINE_SEPARATOR;
            case "Zp" -> 1 << Character.PARAGRAPH_SEPARATOR;
            case "C" -> OTHERS;
            case "Cc" -> 1 << Character.CONTROL;
            case "Cf" -> 1 << Character.FORMAT;
            case "Co" -> 1 << Character.PRIVATE_USE;
            case "Cn" -> 1 << Character.UNASSIGNED;
            default -> 0;
        };
        if (categories != 0) return c -> in(c, categories);
        try {
            Character.UnicodeScript script = Character.UnicodeScript.forName(name.toUpperCase(Locale.ROOT));
            return c -> Character.UnicodeScript.of(c) == script;
        } catch (IllegalArgumentException unknown) {
            return null;
        }
    }
}
