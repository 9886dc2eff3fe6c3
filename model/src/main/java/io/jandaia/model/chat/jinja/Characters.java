package io.jandaia.model.chat.jinja;

import java.util.Locale;

/** What Python says about characters, where it differs from Java. */
final class Characters {

    private static final int PART = 1 << 6;

    /** Chinese characters that stand for numbers. */
    private static final String NUMERALS = "㐅㒃㠪㭍一七万三九二五亖亿什仟仨伍佰億兆兩八六十千卄卅卌叁参參叄四壱壹幺廾廿弌弍"
            + "弎弐拾捌柒漆玖百肆萬貮貳贰阡陆陌陸零\uf96b\uf973\uf978\uf9b2\uf9d1\uf9d3\uf9fd\ud840\udc01\ud840\udc64\ud840\udce2\ud840\udd21\ud842\udd2a\ud842\udd83\ud842\udd8c\ud842\udd9c\ud842\udeea\ud842\udefd\ud842\udf19\ud848\udf90\ud84a\udd98\ud84e\udf1b\ud858\ude6d\ud87e\udc90";

    private Characters() {}

    /** Python's {@code str.isspace}: Unicode spaces and the separators of ASCII. */
    static boolean isSpace(int c) {
        if (c < 128) {
            return c == ' ' || (c >= 9 && c <= 13) || (c >= 28 && c <= 31);
        }
        return c == 0x85 || Character.isSpaceChar(c);
    }

    /** Python's line ends, which are more than newline and carriage return. */
    static boolean isLineEnd(int c) {
        return (c >= 10 && c <= 13) || (c >= 28 && c <= 30) || c == 0x85 || c == 0x2028 || c == 0x2029;
    }

    /** Python's {@code str.isprintable}. */
    static boolean isPrintable(int c) {
        if (c < 128) {
            return c >= 32 && c < 127;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR -> false;
            default -> true;
        };
    }

    static boolean isAlpha(int c) {
        return Character.isLetter(c);
    }

    static boolean isDecimal(int c) {
        return Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER;
    }

    /** Decimal digits, and superscripts, circled digits and the like. */
    static boolean isDigit(int c) {
        return isDecimal(c)
                || c == 0xb2
                || c == 0xb3
                || c == 0xb9
                || (c >= 0x1369 && c <= 0x1371)
                || c == 0x19da
                || c == 0x2070
                || (c >= 0x2074 && c <= 0x2079)
                || (c >= 0x2080 && c <= 0x2089)
                || (c >= 0x2460 && c <= 0x2468)
                || (c >= 0x2474 && c <= 0x247c)
                || (c >= 0x2488 && c <= 0x2490)
                || c == 0x24ea
                || (c >= 0x24f5 && c <= 0x24fd)
                || c == 0x24ff
                || (c >= 0x2776 && c <= 0x277e)
                || (c >= 0x2780 && c <= 0x2788)
                || (c >= 0x278a && c <= 0x2792);
    }

    static boolean isNumeric(int c) {
        int type = Character.getType(c);
        return type == Character.DECIMAL_DIGIT_NUMBER
                || type == Character.LETTER_NUMBER
                || type == Character.OTHER_NUMBER
                || NUMERALS.indexOf(c) >= 0;
    }

    static boolean isCased(int c) {
        return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    }

    /**
     * Upper case of a text. Where a letter becomes several, the Java runtime copies all that it has so far: long texts go part
     * by part.
     */
    static String upper(String text) {
        if (text.length() <= PART) {
            return text.toUpperCase(Locale.ROOT);
        }
        StringBuilder upper = new StringBuilder(text.length() + 16);
        for (int from = 0; from < text.length(); ) {
            int to = Math.min(text.length(), from + PART);
            if (to < text.length() && Character.isLowSurrogate(text.charAt(to))) {
                to++;
            }
            upper.append(text.substring(from, to).toUpperCase(Locale.ROOT));
            from = to;
        }
        return upper.toString();
    }

    /** Lower case of a text as a whole, since a final sigma depends on what is around it; only one letter becomes two. */
    static String lower(String text) {
        return text.replace("\u0130", "i\u0307").toLowerCase(Locale.ROOT);
    }

    /** The first letter of a word: title case, which for a ligature is two letters. */
    static String title(int c) {
        int simple = Character.toTitleCase(c);
        if (simple == c) {
            String upper = Character.toString(c).toUpperCase(Locale.ROOT);
            if (upper.codePointCount(0, upper.length()) > 1) {
                int first = Character.charCount(upper.codePointAt(0));
                return upper.substring(0, first) + upper.substring(first).toLowerCase(Locale.ROOT);
            }
        }
        return Character.toString(simple);
    }
}
