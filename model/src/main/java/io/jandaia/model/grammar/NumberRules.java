package io.jandaia.model.grammar;

import static io.jandaia.model.grammar.Expression.UNBOUNDED;
import static io.jandaia.model.grammar.Expression.all;
import static io.jandaia.model.grammar.Expression.any;
import static io.jandaia.model.grammar.Expression.optional;
import static io.jandaia.model.grammar.Expression.repeat;
import static io.jandaia.model.grammar.Expression.text;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.grammar.Expression.Characters;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Numbers within limits, as the digits that write them. */
final class NumberRules {

    /** Digits before the point after the first, and after it, where there is no limit. */
    private static final int DIGITS = JsonRules.DIGITS;

    /** Digits of a limit before the point. */
    private static final int MOST_DIGITS = 40;

    /** Multiples that are written out one by one where there are limits. */
    private static final int MOST_LISTED = 5000;

    /** Digits at the end of a number that are listed to tell multiples. */
    private static final int MOST_LAST_DIGITS = 3;

    private static final Characters DIGIT = JsonRules.DIGIT;

    private final SchemaReading reading;
    private final String place;

    private NumberRules(SchemaReading reading, String place) {
        this.reading = reading;
        this.place = place;
    }

    static Expression of(ObjectNode o, boolean integer, SchemaReading reading, String place) {
        return new NumberRules(reading, place).rule(o, integer);
    }

    private JandaiaException nothing() {
        return JandaiaException.usage("The JSON schema at " + place + " allows no number: its limits exclude all.");
    }

    private @Nullable BigDecimal limit(ObjectNode o, String keyword) {
        JsonNode value = o.get(keyword);
        if (value == null) {
            return null;
        }
        if (!value.isNumber()) {
            throw JandaiaException.usage(
                    "The JSON schema at " + place + " has '" + keyword + "' " + value + "; expected a number.");
        }
        BigDecimal d = value.decimalValue().stripTrailingZeros();
        if (d.scale() > DIGITS || d.precision() - d.scale() > MOST_DIGITS) {
            throw JandaiaException.unsupported("The JSON schema's keyword '" + keyword + "' at " + place
                    + " has more than " + MOST_DIGITS + " digits before the point or " + DIGITS
                    + " after it, which is the limit.");
        }
        return d;
    }

    private Expression rule(ObjectNode o, boolean integer) {
        BigDecimal least = limit(o, "minimum");
        BigDecimal above = limit(o, "exclusiveMinimum");
        BigDecimal most = limit(o, "maximum");
        BigDecimal below = limit(o, "exclusiveMaximum");
        boolean openLow = above != null && (least == null || above.compareTo(least) >= 0);
        boolean openHigh = below != null && (most == null || below.compareTo(most) <= 0);
        BigDecimal low = openLow ? above : least;
        BigDecimal high = openHigh ? below : most;
        BigDecimal step = limit(o, "multipleOf");
        if (integer
                && step != null
                && step.signum() > 0
                && BigDecimal.ONE.remainder(step).signum() == 0) {
            step = null; // every integer is one of its multiples
        }
        if (low != null && high != null) {
            int order = low.compareTo(high);
            if (order > 0 || (order == 0 && (openLow || openHigh))) {
                throw nothing();
            }
        }
        if (integer || step != null) {
            BigInteger first = low == null ? null : whole(low, openLow, RoundingMode.CEILING, 1);
            BigInteger last = high == null ? null : whole(high, openHigh, RoundingMode.FLOOR, -1);
            Expression whole = step == null ? integers(first, last) : multiples(step, first, last);
            return reading == SchemaReading.COMPLETE ? all(whole, JsonRules.zeros()) : whole;
        }
        if (low == null && high == null) {
            return JsonRules.decimal();
        }
        return decimals(low, openLow, high, openHigh);
    }

    private static BigInteger whole(BigDecimal d, boolean open, RoundingMode mode, int step) {
        BigInteger n = d.setScale(0, mode).toBigInteger();
        return open && new BigDecimal(n).compareTo(d) == 0 ? n.add(BigInteger.valueOf(step)) : n;
    }

    private Expression integers(@Nullable BigInteger low, @Nullable BigInteger high) {
        if (low == null && high == null) {
            return JsonRules.integer();
        }
        if (low != null && high != null && low.compareTo(high) > 0) {
            throw nothing();
        }
        List<Expression> out = new ArrayList<>();
        if (low == null || low.signum() < 0) { // -1 and less, by what follows the sign
            BigInteger from = high == null || high.signum() >= 0 ? BigInteger.ONE : high.negate();
            out.add(all(text("-"), natural(from, low == null ? null : low.negate())));
        }
        if (high == null || high.signum() >= 0) {
            out.add(natural(low == null || low.signum() < 0 ? BigInteger.ZERO : low, high));
        }
        return new Expression.Choice(out);
    }

    /** Whole numbers from {@code low} to {@code high}, neither below 0; without {@code high} up to as many digits as usual. */
    private static Expression natural(BigInteger low, @Nullable BigInteger high) {
        String from = low.toString();
        String to = high == null ? "9".repeat(Math.max(DIGITS + 1, from.length())) : high.toString();
        List<Expression> out = new ArrayList<>();
        for (int digits = from.length(); digits <= to.length(); digits++) {
            String a = digits == from.length() ? from : "1" + "0".repeat(digits - 1);
            String b = digits == to.length() ? to : "9".repeat(digits);
            out.add(between(a, b));
        }
        return new Expression.Choice(out);
    }

    /** Digits from {@code a} to {@code b}, both of the same length. */
    private static Expression between(String a, String b) {
        if (a.isEmpty()) {
            return Expression.EMPTY;
        }
        char first = a.charAt(0);
        char last = b.charAt(0);
        int rest = a.length() - 1;
        if (first == last) {
            return all(new Characters(first, first), between(a.substring(1), b.substring(1)));
        }
        boolean lowWhole = a.substring(1).chars().allMatch(c -> c == '0');
        boolean highWhole = b.substring(1).chars().allMatch(c -> c == '9');
        List<Expression> out = new ArrayList<>();
        if (!lowWhole) {
            out.add(all(new Characters(first, first), between(a.substring(1), "9".repeat(rest))));
        }
        int from = lowWhole ? first : first + 1;
        int to = highWhole ? last : last - 1;
        if (from <= to) {
            out.add(all(new Characters(from, to), repeat(DIGIT, rest, rest)));
        }
        if (!highWhole) {
            out.add(all(new Characters(last, last), between("0".repeat(rest), b.substring(1))));
        }
        return new Expression.Choice(out);
    }

    private Expression multiples(BigDecimal step, @Nullable BigInteger low, @Nullable BigInteger high) {
        if (step.signum() <= 0 || step.scale() > 0) {
            throw JandaiaException.unsupported("The JSON schema's keyword 'multipleOf' at " + place + " is "
                    + step.toPlainString() + "; whole numbers above 0 can be guaranteed.");
        }
        BigInteger m = step.toBigInteger();
        for (int digits = 0; digits <= MOST_LAST_DIGITS; digits++) {
            if (BigInteger.TEN.pow(digits).mod(m).signum() == 0) {
                return new Expression.Both(integers(low, high), endingWith(m.intValue(), digits));
            }
        }
        if (low == null || high == null) {
            throw JandaiaException.unsupported("The JSON schema's keyword 'multipleOf' at " + place
                    + " needs a minimum and a maximum beside it, with at most " + MOST_LISTED
                    + " multiples between, or to be a divisor of 10, 100 or 1000.");
        }
        BigInteger first = low.add(m)
                .subtract(BigInteger.ONE)
                .subtract(low.add(m).subtract(BigInteger.ONE).mod(m));
        BigInteger count = high.subtract(first).divide(m).add(BigInteger.ONE);
        if (first.compareTo(high) > 0) {
            throw nothing();
        }
        if (count.compareTo(BigInteger.valueOf(MOST_LISTED)) > 0) {
            throw JandaiaException.unsupported("The JSON schema's keyword 'multipleOf' at " + place + " leaves " + count
                    + " numbers between its limits; the limit is " + MOST_LISTED + ".");
        }
        List<Expression> out = new ArrayList<>();
        for (BigInteger n = first; n.compareTo(high) <= 0; n = n.add(m)) {
            out.add(text(n.toString()));
        }
        return new Expression.Choice(out);
    }

    /** Whole numbers that their last digits make multiples. */
    private static Expression endingWith(int divisor, int digits) {
        List<Expression> few = new ArrayList<>();
        List<Expression> last = new ArrayList<>();
        for (int n = 0; n < Math.pow(10, digits); n += divisor) {
            String plain = Integer.toString(n);
            few.add(text(plain));
            last.add(text(digits == 0 ? "" : "0".repeat(digits - plain.length()) + plain));
        }
        Expression many = all(JsonRules.NONZERO, repeat(DIGIT, 0, UNBOUNDED), new Expression.Choice(last));
        few.add(many);
        return all(optional(text("-")), new Expression.Choice(few));
    }

    private Expression decimals(
            @Nullable BigDecimal low, boolean openLow, @Nullable BigDecimal high, boolean openHigh) {
        List<Expression> out = new ArrayList<>();
        BigDecimal zero = BigDecimal.ZERO;
        if (low == null || low.signum() < 0) { // below zero, by what follows the sign
            boolean toZero = high == null || high.signum() >= 0;
            BigDecimal from = high == null || high.signum() >= 0 ? zero : high.negate();
            boolean open = toZero || openHigh;
            if (low == null || from.compareTo(low.negate()) < 0 || (!open && !openLow)) {
                out.add(all(text("-"), positive(from, open, low == null ? null : low.negate(), openLow)));
            }
        }
        if (high == null || high.signum() > 0 || (high.signum() == 0 && !openHigh)) {
            out.add(
                    low == null || low.signum() < 0
                            ? positive(zero, false, high, openHigh)
                            : positive(low, openLow, high, openHigh));
        }
        return new Expression.Choice(out);
    }

    /** Numbers that are not negative, as a whole part and digits after the point. */
    private static Expression positive(BigDecimal low, boolean openLow, @Nullable BigDecimal high, boolean openHigh) {
        BigInteger a = low.toBigInteger();
        String lowDigits = fraction(low);
        Expression free = optional(all(text("."), repeat(DIGIT, 1, DIGITS)));
        List<Expression> out = new ArrayList<>();
        BigInteger b = high == null ? null : high.toBigInteger();
        String highDigits = high == null ? "" : fraction(high);
        if (b != null && a.equals(b)) {
            Expression both = Fractions.between(lowDigits, openLow, highDigits, openHigh, DIGITS);
            return all(text(a.toString()), both);
        }
        out.add(all(text(a.toString()), Fractions.atLeast(lowDigits, openLow, DIGITS)));
        BigInteger from = a.add(BigInteger.ONE);
        BigInteger to = b == null ? null : b.subtract(BigInteger.ONE);
        if (to == null || from.compareTo(to) <= 0) {
            out.add(all(natural(from, to), free));
        }
        if (b != null) {
            Expression end = Fractions.atMost(highDigits, openHigh, DIGITS);
            if (end != null) {
                out.add(all(text(b.toString()), end));
            }
        }
        return any(out.toArray(Expression[]::new));
    }

    /** The digits after the point, without zeros at the end. */
    private static String fraction(BigDecimal d) {
        String plain = d.stripTrailingZeros().toPlainString();
        int point = plain.indexOf('.');
        return point < 0 ? "" : plain.substring(point + 1);
    }
}
