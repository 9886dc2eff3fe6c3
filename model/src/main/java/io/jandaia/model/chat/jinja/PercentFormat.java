package io.jandaia.model.chat.jinja;

import io.jandaia.model.chat.jinja.Value.Dict;
import io.jandaia.model.chat.jinja.Value.Real;
import io.jandaia.model.chat.jinja.Value.Tuple;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;

/** Python's {@code text % values}. */
final class PercentFormat {

    private final Text format;
    private final String string;
    private final Value values;
    private final List<Value> list;
    private final boolean mapping;
    private final Budget budget;
    private final Text.Builder out;
    private int at;
    private int used;

    private PercentFormat(Text format, Value values, Budget budget) {
        this.format = format;
        this.string = format.string();
        this.values = values;
        this.list = values instanceof Tuple tuple ? tuple.items() : List.of(values);
        // A value that can be subscripted need not be used up.
        this.mapping = values instanceof Dict
                || values instanceof Value.ListOf
                || values instanceof Value.Range
                || values instanceof Value.Undefined;
        this.budget = budget;
        this.out = new Text.Builder(budget);
    }

    static Text format(Text format, Value values, Budget budget) {
        return new PercentFormat(format, values, budget).run().markup(format.markup);
    }

    private Text run() {
        boolean named = false;
        while (at < string.length()) {
            int percent = string.indexOf('%', at);
            if (percent < 0) {
                out.append(format, at, string.length());
                break;
            }
            out.append(format, at, percent);
            at = percent + 1;
            named |= conversion();
        }
        if (!named && used < list.size() && !mapping) {
            throw Fault.type("not all arguments converted during string formatting");
        }
        return out.text();
    }

    private char take() {
        if (at >= string.length()) {
            throw Fault.value("incomplete format");
        }
        return string.charAt(at++);
    }

    private Value argument() {
        if (used >= list.size()) {
            throw Fault.type("not enough arguments for format string");
        }
        return list.get(used++);
    }

    private int star(boolean precision) {
        int start = at;
        if (at < string.length() && string.charAt(at) == '*') {
            at++;
            Value value = argument();
            if (Operators.integer(value) == null) {
                throw Fault.type("* wants int");
            }
            return Operators.index(value);
        }
        long number = 0;
        while (at < string.length() && Character.isDigit(string.charAt(at))) {
            number = Math.min(number * 10 + string.charAt(at++) - '0', Integer.MAX_VALUE);
        }
        return at == start && !precision ? -1 : (int) number;
    }

    /** One conversion after the percent sign; true if it named its value. */
    private boolean conversion() {
        budget.step();
        Value named = null;
        if (at < string.length() && string.charAt(at) == '(') {
            named = named();
        }
        String flags = "";
        while (at < string.length() && "-+ #0".indexOf(string.charAt(at)) >= 0) {
            flags += string.charAt(at++);
        }
        int width = star(false);
        if (width < -1) {
            flags += "-";
            width = Math.abs(Math.max(width, -Integer.MAX_VALUE));
        }
        int precision = -1;
        if (at < string.length() && string.charAt(at) == '.') {
            at++;
            precision = Math.max(0, star(true));
        }
        char type = take();
        while (type == 'l' || type == 'h' || type == 'L') {
            type = take();
        }
        if (type == '%') {
            out.append("%");
            return named != null;
        }
        Value value = named != null ? named : argument();
        budget.characters(Math.max(0, precision));
        budget.spend(Math.max(0, precision) >> 2);
        switch (type) {
            case 's', 'r', 'a' -> text(value, type, flags, width, precision);
            case 'c' -> pad("", character(value), flags.replace("0", ""), width);
            case 'd', 'i', 'u', 'o', 'x', 'X' -> integer(value, type, flags, width, precision);
            case 'e', 'E', 'f', 'F', 'g', 'G' -> real(value, type, flags, width, precision);
            default ->
                throw Fault.value("unsupported format character '" + type + "' (0x" + Integer.toHexString(type)
                        + ") at index " + format.point(at - 1));
        }
        return named != null;
    }

    private Value named() {
        int open = 1;
        int start = ++at;
        while (open > 0) {
            if (at >= string.length()) {
                throw Fault.value("incomplete format key");
            }
            char c = string.charAt(at++);
            open += c == '(' ? 1 : c == ')' ? -1 : 0;
        }
        String key = string.substring(start, at - 1);
        if (!(values instanceof Dict dict)) {
            throw values instanceof Value.Undefined undefined
                    ? undefined.fault()
                    : Fault.type("format requires a mapping");
        }
        Value value = dict.get(key);
        if (value == null) {
            throw new Fault(Fault.Type.LOOKUP, "key '" + key + "' is not there");
        }
        return value;
    }

    private void text(Value value, char type, String flags, int width, int precision) {
        Text text = switch (type) {
            case 's' -> Printer.str(value, budget);
            case 'r' -> Printer.repr(value, budget);
            default -> Printer.ascii(value, budget);
        };
        if (format.markup && !(value instanceof Text marked && marked.markup)) {
            text = Html.escape(text, budget);
        }
        if (precision >= 0 && precision < text.length()) {
            text = text.units(0, text.unit(precision));
        }
        pad("", text, flags.replace("0", ""), width);
    }

    private Text character(Value value) {
        if (value instanceof Text text && text.length() == 1) {
            return text;
        }
        BigInteger number = Operators.integer(value);
        if (number == null) {
            throw Fault.type("%c requires int or char");
        }
        if (number.signum() < 0 || number.bitLength() > 21 || number.intValue() > Character.MAX_CODE_POINT) {
            throw new Fault(Fault.Type.ARITHMETIC, "a character code must be in range(0x110000)");
        }
        return Text.of(Character.toString(number.intValue()));
    }

    private void integer(Value value, char type, String flags, int width, int precision) {
        BigInteger number = Operators.integer(value);
        if (number == null) {
            if (!(value instanceof Real real) || type == 'o' || type == 'x' || type == 'X') {
                throw Fault.type("%" + type + " format: "
                        + (type == 'o' || type == 'x' || type == 'X' ? "an integer" : "a real number")
                        + " is required, not " + Operators.typeName(value));
            }
            number = Numbers.truncate(real.number());
        }
        int radix = type == 'o' ? 8 : type == 'x' || type == 'X' ? 16 : 10;
        String digits =
                radix == 10 ? Printer.integer(number.abs()) : number.abs().toString(radix);
        if (precision > digits.length()) {
            digits = "0".repeat(precision - digits.length()) + digits;
        }
        if (type == 'X') {
            digits = digits.toUpperCase(Locale.ROOT);
        }
        String prefix = flags.contains("#") && radix != 10 ? "0" + type : "";
        pad(sign(number.signum() < 0, flags) + prefix, Text.of(digits), flags, width);
    }

    private void real(Value value, char type, String flags, int width, int precision) {
        if (!Operators.isNumber(value)) {
            throw Fault.type("must be real number, not " + Operators.typeName(value));
        }
        double number = Operators.real(value);
        double absolute = Math.abs(number);
        int places = precision < 0 ? 6 : precision;
        boolean alternate = flags.contains("#");
        String digits;
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            digits = Double.isNaN(number) ? "nan" : "inf";
        } else {
            digits = switch (Character.toLowerCase(type)) {
                case 'e' -> FormatSpec.exponential(absolute, places, alternate);
                case 'f' -> FormatSpec.fixed(absolute, places, alternate);
                default -> FormatSpec.general(absolute, Math.max(1, places), alternate, false);
            };
        }
        if (Character.isUpperCase(type)) {
            digits = digits.toUpperCase(Locale.ROOT);
        }
        boolean negative = number < 0 || (number == 0 && 1 / number < 0);
        pad(sign(negative, flags), Text.of(digits), flags, width);
    }

    private static String sign(boolean negative, String flags) {
        return negative ? "-" : flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
    }

    private void pad(String before, Text body, String flags, int width) {
        int missing = Math.max(0, width - before.length() - body.length());
        budget.characters(missing);
        boolean left = flags.contains("-");
        boolean zeros = flags.contains("0") && !left;
        out.pad(' ', left || zeros ? 0 : missing);
        out.append(before);
        out.pad('0', zeros ? missing : 0);
        out.append(body);
        out.pad(' ', left ? missing : 0);
    }
}
