package io.jandaia.model.grammar;

import static io.jandaia.model.grammar.Expression.all;
import static io.jandaia.model.grammar.Expression.optional;
import static io.jandaia.model.grammar.Expression.repeat;
import static io.jandaia.model.grammar.Expression.text;

import io.jandaia.model.grammar.Expression.Characters;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What may follow the whole part of a number: nothing, or a point and digits, compared with given digits. */
final class Fractions {

    private static final Characters DIGIT = JsonRules.DIGIT;

    private Fractions() {}

    /** At least {@code 0.digits}, or above it. */
    static Expression atLeast(String digits, boolean above, int most) {
        if (digits.isEmpty() && !above) {
            return optional(all(text("."), repeat(DIGIT, 1, most)));
        }
        return all(text("."), more(digits, above, most));
    }

    /** Digits that are at least these; {@code room} of them may be written. */
    private static Expression more(String digits, boolean above, int room) {
        if (digits.isEmpty()) {
            return above
                    ? all(repeat(text("0"), 0, room - 1), JsonRules.NONZERO, repeat(DIGIT, 0, room - 1))
                    : repeat(DIGIT, 0, room);
        }
        char first = digits.charAt(0);
        List<Expression> out = new ArrayList<>();
        if (first < '9') {
            out.add(all(new Characters(first + 1, '9'), repeat(DIGIT, 0, room - 1)));
        }
        out.add(all(new Characters(first, first), more(digits.substring(1), above, Math.max(1, room - 1))));
        return new Expression.Choice(out);
    }

    /** At most {@code 0.digits}, or below it; null when there is nothing below. */
    static @Nullable Expression atMost(String digits, boolean below, int most) {
        if (digits.isEmpty()) {
            return below ? null : optional(all(text("."), repeat(text("0"), 1, most)));
        }
        Expression less = less(digits, below, most);
        return optional(all(text("."), less));
    }

    /** One or more digits that are at most these, which do not end with 0. */
    private static Expression less(String digits, boolean below, int room) {
        char first = digits.charAt(0);
        List<Expression> out = new ArrayList<>();
        if (first > '0') {
            out.add(all(new Characters('0', first - 1), repeat(DIGIT, 0, room - 1)));
        }
        String rest = digits.substring(1);
        Expression same = new Characters(first, first);
        if (rest.isEmpty()) {
            if (!below) {
                out.add(all(same, repeat(text("0"), 0, room - 1)));
            }
        } else {
            out.add(all(same, optional(less(rest, below, Math.max(1, room - 1)))));
        }
        return new Expression.Choice(out);
    }

    /** Between two, where the whole parts are the same. */
    static Expression between(String low, boolean above, String high, boolean below, int room) {
        if (low.isEmpty() && !above) {
            Expression most = atMost(high, below, room);
            return most == null ? new Expression.Choice(List.of()) : most;
        }
        return all(text("."), digitsBetween(low, above, high, below, room));
    }

    private static Expression digitsBetween(String low, boolean above, String high, boolean below, int room) {
        if (high.isEmpty()) { // 0 at most, and something at least: only equality is left
            return low.isEmpty() && !above && !below ? repeat(text("0"), 0, room) : new Expression.Choice(List.of());
        }
        char a = low.isEmpty() ? '0' : low.charAt(0);
        char b = high.charAt(0);
        String lowRest = low.isEmpty() ? "" : low.substring(1);
        String highRest = high.substring(1);
        int left = Math.max(1, room - 1);
        List<Expression> out = new ArrayList<>();
        if (a == b) {
            return all(new Characters(a, a), digitsBetween(lowRest, above, highRest, below, left));
        }
        out.add(all(new Characters(a, a), more(lowRest, above, left)));
        if (a + 1 < b) {
            out.add(all(new Characters(a + 1, b - 1), repeat(DIGIT, 0, left)));
        }
        Expression same = new Characters(b, b);
        if (highRest.isEmpty()) {
            if (!below) {
                out.add(all(same, repeat(text("0"), 0, left)));
            }
        } else {
            out.add(all(same, optional(less(highRest, below, left))));
        }
        return new Expression.Choice(out);
    }
}
