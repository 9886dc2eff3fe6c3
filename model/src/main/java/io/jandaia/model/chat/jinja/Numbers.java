package io.jandaia.model.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/** Reading and rounding numbers as Python does. */
final class Numbers {

    private Numbers() {}

    /** {@code int(number)}. */
    static BigInteger truncate(double number) {
        if (Double.isNaN(number)) {
            throw Fault.value("cannot convert float NaN to integer");
        }
        if (Double.isInfinite(number)) {
            throw new Fault(Fault.Type.ARITHMETIC, "cannot convert float infinity to integer");
        }
        return new BigDecimal(number).toBigInteger();
    }

    /** {@code int(text, radix)}, null where Python raises a ValueError. */
    static @Nullable BigInteger integer(String text, int radix) {
        String digits = digits(text);
        if (digits == null) {
            return null;
        }
        boolean negative = digits.startsWith("-");
        if (negative || digits.startsWith("+")) {
            digits = digits.substring(1);
        }
        int base = radix;
        int prefixed = 0;
        if (digits.length() > 1 && digits.charAt(0) == '0') {
            prefixed = switch (digits.charAt(1)) {
                case 'b', 'B' -> 2;
                case 'o', 'O' -> 8;
                case 'x', 'X' -> 16;
                default -> 0;
            };
        }
        if (prefixed != 0 && (base == prefixed || base == 0)) {
            base = prefixed;
            digits = digits.substring(digits.startsWith("_", 2) ? 3 : 2);
        } else if (base == 0) {
            base = 10;
            if (digits.startsWith("0") && !digits.replace("_", "").chars().allMatch(c -> c == '0')) {
                return null;
            }
        }
        if (digits.isEmpty() || digits.startsWith("_") || digits.endsWith("_") || digits.contains("__")) {
            return null;
        }
        String plain = digits.replace("_", "");
        if (base == 10 && plain.length() > 4300) {
            return null;
        }
        for (int i = 0; i < plain.length(); i++) {
            if (Character.digit(plain.charAt(i), base) < 0) {
                return null;
            }
        }
        BigInteger number = new BigInteger(plain, base);
        return negative ? number.negate() : number;
    }

    /** {@code float(text)}, null where Python raises a ValueError. */
    static @Nullable Double real(String text) {
        String digits = digits(text);
        if (digits == null) {
            return null;
        }
        String lower = digits.toLowerCase(java.util.Locale.ROOT);
        String unsigned = lower.startsWith("+") || lower.startsWith("-") ? lower.substring(1) : lower;
        boolean negative = lower.startsWith("-");
        if (unsigned.equals("inf") || unsigned.equals("infinity")) {
            return negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        if (unsigned.equals("nan")) {
            return Double.NaN;
        }
        for (int i = unsigned.indexOf('_'); i >= 0; i = unsigned.indexOf('_', i + 1)) {
            if (i == 0
                    || i + 1 == unsigned.length()
                    || !isDigit(unsigned.charAt(i - 1))
                    || !isDigit(unsigned.charAt(i + 1))) {
                return null;
            }
        }
        boolean valid = unsigned.replace("_", "").matches("([0-9]+\\.?[0-9]*|\\.[0-9]+)(e[+-]?[0-9]+)?");
        return valid ? Double.valueOf(lower.replace("_", "")) : null;
    }

    /** Trimmed, with all decimal digits as ASCII; null if something else beyond ASCII is in it. */
    private static @Nullable String digits(String text) {
        StringBuilder ascii = new StringBuilder();
        int[] points = text.codePoints().toArray();
        int from = 0;
        int to = points.length;
        while (from < to && Characters.isSpace(points[from])) {
            from++;
        }
        while (to > from && Characters.isSpace(points[to - 1])) {
            to--;
        }
        for (int i = from; i < to; i++) {
            int c = points[i];
            if (c < 128) {
                ascii.append((char) c);
            } else if (Characters.isDecimal(c)) {
                ascii.append((char) ('0' + Character.digit(c, 10)));
            } else {
                return null;
            }
        }
        return ascii.toString();
    }

    /** {@code round(number, places)}: half to even, of the number's exact value. */
    static double round(double number, int places) {
        if (Double.isNaN(number) || Double.isInfinite(number) || places > 400) {
            return number;
        }
        if (places < -400) {
            return Math.copySign(0.0, number);
        }
        double rounded =
                new BigDecimal(number).setScale(places, RoundingMode.HALF_EVEN).doubleValue();
        if (Double.isInfinite(rounded)) {
            throw new Fault(Fault.Type.ARITHMETIC, "rounded value too large to represent");
        }
        return rounded == 0 ? Math.copySign(0.0, number) : rounded;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
