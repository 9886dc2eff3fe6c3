package io.jandaia.model.chat.jinja;

import io.jandaia.model.chat.jinja.Value.Int;
import io.jandaia.model.chat.jinja.Value.None;
import io.jandaia.model.chat.jinja.Value.Real;
import io.jandaia.model.chat.jinja.Value.Undefined;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Set;

/** The filters of numbers. */
final class NumberFilters {

    private final Budget budget;

    NumberFilters(Budget budget) {
        this.budget = budget;
    }

    static Value abs(Value value) {
        return switch (value) {
            case Real real -> new Real(Math.abs(real.number()));
            case Undefined undefined -> throw undefined.fault();
            default -> {
                BigInteger integer = Operators.integer(value);
                if (integer == null) {
                    throw Fault.type("bad operand type for abs(): '" + Operators.typeName(value) + "'");
                }
                yield new Int(integer.abs());
            }
        };
    }

    Value toInt(Arguments.Bound bound) {
        Value value = bound.must("value");
        Value otherwise = bound.or("default", Int.of(0));
        if (value instanceof Undefined undefined) {
            throw undefined.fault();
        }
        if (value instanceof Text text) {
            int base = bound.number("base", 10);
            boolean valid = base == 0 || (base >= 2 && base <= 36);
            BigInteger integer = valid ? Numbers.integer(text.string(), base) : null;
            if (integer != null) {
                return new Int(integer);
            }
            Double real = Numbers.real(text.string());
            return real == null || real.isNaN() || real.isInfinite() ? otherwise : new Int(Numbers.truncate(real));
        }
        if (value instanceof Real real) {
            return Double.isNaN(real.number()) ? otherwise : new Int(Numbers.truncate(real.number()));
        }
        BigInteger integer = Operators.integer(value);
        return integer == null ? otherwise : new Int(integer);
    }

    Value toFloat(Arguments.Bound bound) {
        Value value = bound.must("value");
        Value otherwise = bound.or("default", new Real(0));
        if (value instanceof Undefined undefined) {
            throw undefined.fault();
        }
        if (value instanceof Text text) {
            Double real = Numbers.real(text.string());
            return real == null ? otherwise : new Real(real);
        }
        return Operators.isNumber(value) ? new Real(Operators.real(value)) : otherwise;
    }

    Value round(Arguments.Bound bound) {
        Value value = bound.must("value");
        String method =
                Printer.str(bound.or("method", Text.of("common")), budget).string();
        if (!Set.of("common", "ceil", "floor").contains(method)) {
            throw Fault.type("method must be common, ceil or floor");
        }
        if (value instanceof Undefined undefined) {
            throw undefined.fault();
        }
        if (!Operators.isNumber(value)) {
            throw Fault.type("type " + Operators.typeName(value) + " doesn't define __round__ method");
        }
        int precision = bound.number("precision", 0);
        if (method.equals("common")) {
            BigInteger integer = Operators.integer(value);
            if (integer == null) {
                return new Real(Numbers.round(Operators.real(value), precision));
            }
            if (precision < -100_000) {
                return Int.of(0);
            }
            return precision >= 0
                    ? new Int(integer)
                    : new Int(new BigDecimal(integer)
                            .setScale(precision, RoundingMode.HALF_EVEN)
                            .toBigInteger());
        }
        Value scale = Operators.binary("**", Int.of(10), Int.of(precision), budget);
        Value scaled = Operators.binary("*", value, scale, budget);
        BigInteger whole = Operators.integer(scaled);
        if (whole == null) {
            double number = Operators.real(scaled);
            whole = Numbers.truncate(method.equals("ceil") ? Math.ceil(number) : Math.floor(number));
        }
        return Operators.binary("/", new Int(whole), scale, budget);
    }

    Value fileSize(Arguments.Bound bound) {
        Value converted = toFloat(new Arguments.Bound(Map.of("value", bound.must("value"), "default", None.NONE)));
        if (converted instanceof None) {
            throw Fault.type("filesizeformat needs a number");
        }
        double bytes = Operators.real(converted);
        boolean binary = bound.flag("binary", false);
        double base = binary ? 1024 : 1000;
        if (bytes == 1) {
            return Text.of("1 Byte");
        }
        if (bytes < base) {
            return Text.of(Numbers.truncate(bytes) + " Bytes");
        }
        double unit = base;
        String prefix = "";
        for (char letter : (binary ? "KMGTPEZY" : "kMGTPEZY").toCharArray()) {
            unit *= base;
            prefix = letter + (binary ? "iB" : "B");
            if (bytes < unit) {
                break;
            }
        }
        return Text.of(FormatSpec.fixed(base * bytes / unit, 1, false) + " " + prefix);
    }

    // Texts
}
