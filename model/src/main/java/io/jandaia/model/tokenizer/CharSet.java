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

    /** General category N: decimal digits, letter-like and other numbers; as of Unicode 17, as the Digits splitter sees it. */
    static boolean isNumber(int c) {
        if (c < 0x80) return c >= '0' && c <= '9';
        return in(c, NUMBERS) || (c >= 0x11DE0 && c <= 0x11DE9) || (c >= 0x16FF4 && c <= 0x16FF6);
    }

    /** General category P, and all ASCII symbols, as BERT and the Punctuation splitter see it. */
    static boolean isPunctuation(int c) {
        if (c < 0x80)
            return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
        return (in(c, PUNCTUATIONS) && !OlderUnicode.isUnknownPunctuation(c)) || c == 0x166D || c == 0x111C9;
    }

    /** Simple lower case as of Unicode 17. */
    static int toLowerCase(int c) {
        if (c == 0xA7CE || c == 0xA7D2 || c == 0xA7D4) return c + 1;
        return c >= 0x16EA0 && c <= 0x16EB8 ? c + 27 : Character.toLowerCase(c);
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

    /** General category M, as the normal forms see it. */
    static boolean isMark(int c) {
        return c >= 0x300 && ((in(c, MARKS) && !OlderUnicode.isUnknownMark(c)) || c == 0x1CF2 || c == 0x1CF3);
    }

    /** General category Mn, as BERT sees it. */
    static boolean isNonSpacingMark(int c) {
        if (c < 0x300) return false;
        return getType(c) == Character.NON_SPACING_MARK
                ? !OlderUnicode.isUnknownNonSpacing(c)
                : c == 0x1734 || c == 0x1171E;
    }

    static boolean isLetter(int c) {
        return in(c, LETTERS);
    }

    /** Controls, formats, surrogates and private use: what BERT's clean-up drops. Unassigned code points stay. */
    static boolean isOther(int c) {
        return in(c, OTHERS & ~(1 << Character.UNASSIGNED)) && !OlderUnicode.isUnknownPunctuation(c);
    }

    /** What {@code \w} is in Unicode mode: letters, marks, decimal digits, connectors (UTS 18 annex C). */
    static boolean isWord(int c) {
        return Character.isAlphabetic(c)
                || in(c, MARKS | 1 << Character.DECIMAL_DIGIT_NUMBER | 1 << Character.CONNECTOR_PUNCTUATION)
                || c == 0x200C
                || c == 0x200D;
    }

    /**
     * What {@code \w} is in Oniguruma, the regular expressions of the reference library: as above without the joiners, but
     * with the superscripts and fractions of Latin-1.
     */
    static boolean isOnigurumaWord(int c) {
        if (c < 0x100 && in(c, NUMBERS)) return true;
        return isWord(c) && c != 0x200C && c != 0x200D;
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
