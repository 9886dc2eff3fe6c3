package io.jandaia.model.chat.jinja;

import io.jandaia.model.chat.jinja.Value.Bool;
import io.jandaia.model.chat.jinja.Value.None;
import io.jandaia.model.chat.jinja.Value.Real;
import io.jandaia.model.chat.jinja.Value.Undefined;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;

/** Python's {@code str.format} with its format specifications, and the number layouts that {@code %} shares with it. */
final class FormatSpec {

    private FormatSpec() {}

    /** Looks up what stands in braces: {@code 0}, {@code name}, {@code a.b[c]}. */
    interface Fields {
        Value get(String name);
    }

    /** Replaces the {@code {...}} of a template, as {@code str.format} does. */
    static Text format(Text template, Fields fields, Budget budget) {
        return new Scan(fields, budget).run(template, 2);
    }

    private static final class Scan {
        private final Fields fields;
        private final Budget budget;
        private int automatic;

        Scan(Fields fields, Budget budget) {
            this.fields = fields;
            this.budget = budget;
        }

        Text run(Text template, int depth) {
            if (depth < 0) {
                throw Fault.value("Max string recursion exceeded");
            }
            String string = template.string();
            Text.Builder out = new Text.Builder(budget);
            int at = 0;
            while (at < string.length()) {
                char c = string.charAt(at);
                if (c != '{' && c != '}') {
                    int end = at;
                    while (end < string.length() && string.charAt(end) != '{' && string.charAt(end) != '}') {
                        end++;
                    }
                    out.append(template, at, end);
                    at = end;
                } else if (at + 1 < string.length() && string.charAt(at + 1) == c) {
                    out.append(template, at, at + 1);
                    at += 2;
                } else if (c == '}') {
                    throw Fault.value("Single '}' encountered in format string");
                } else {
                    int end = close(string, at + 1);
                    out.append(field(template.units(at + 1, end), depth));
                    at = end + 1;
                }
            }
            return out.text();
        }

        private int close(String string, int from) {
            int open = 1;
            for (int i = from; i < string.length(); i++) {
                char c = string.charAt(i);
                open += c == '{' ? 1 : c == '}' ? -1 : 0;
                if (open == 0) {
                    return i;
                }
            }
            throw Fault.value(
                    from >= string.length()
                            ? "Single '{' encountered in format string"
                            : "expected '}' before end of string");
        }

        private Text field(Text field, int depth) {
            budget.step();
            String string = field.string();
            int end = 0;
            for (int bracket = 0; end < string.length(); end++) {
                char c = string.charAt(end);
                bracket = c == '[' ? 1 : c == ']' ? 0 : bracket;
                if (bracket == 0 && (c == '!' || c == ':')) {
                    break;
                }
            }
            String name = string.substring(0, end);
            if (name.isEmpty() || name.startsWith(".") || name.startsWith("[")) {
                if (automatic < 0) {
                    throw Fault.value("cannot switch from manual field specification to automatic field numbering");
                }
                name = automatic++ + name;
            } else if (Character.isDigit(name.charAt(0))) {
                if (automatic > 0) {
                    throw Fault.value("cannot switch from automatic field numbering to manual field specification");
                }
                automatic = -1;
            }
            Value value = fields.get(name);
            if (end < string.length() && string.charAt(end) == '!') {
                String conversion = end + 1 < string.length() ? string.substring(end + 1, end + 2) : "";
                value = switch (conversion) {
                    case "r" -> Printer.repr(value, budget);
                    case "s" -> Printer.str(value, budget);
                    case "a" -> Printer.ascii(value, budget);
                    default -> throw Fault.value("Unknown conversion specifier '" + conversion + "'");
                };
                end += 2;
                if (end < string.length() && string.charAt(end) != ':') {
                    throw Fault.value("expected ':' after conversion specifier");
                }
            }
            Text spec = end < string.length() ? run(field.units(end + 1, string.length()), depth - 1) : Text.EMPTY;
            return apply(value, spec.string(), budget);
        }
    }

    /** {@code format(value, spec)}. */
    static Text apply(Value value, String spec, Budget budget) {
        if (spec.isEmpty()) {
            return Printer.str(value, budget);
        }
        if (value instanceof Undefined
                || value instanceof None
                || !(value instanceof Text || Operators.isNumber(value))) {
            throw Fault.type("unsupported format string passed to " + Operators.typeName(value) + ".__format__");
        }
        return new Layout(value, spec).text(budget);
    }

    /** One parsed specification: {@code [[fill]align][sign][z][#][0][width][,_][.precision][type]}. */
    private static final class Layout {
        private final Value value;
        private final String spec;
        private int at;
        private int fill = ' ';
        private char align;
        private char sign = '-';
        private boolean alternate;
        private int width;
        private char grouping;
        private int precision = -1;
        private char type;

        Layout(Value value, String spec) {
            this.value = value;
            this.spec = spec;
            int first = Character.charCount(spec.codePointAt(0));
            if (spec.length() > first && "<>=^".indexOf(spec.charAt(first)) >= 0) {
                fill = spec.codePointAt(0);
                align = spec.charAt(first);
                at = first + 1;
            } else if ("<>=^".indexOf(spec.charAt(0)) >= 0) {
                align = spec.charAt(at++);
            }
            if (peek("+- ")) {
                sign = spec.charAt(at++);
                if (value instanceof Text) {
                    throw Fault.value("Sign not allowed in string format specifier");
                }
            }
            if (peek("#")) {
                at++;
                alternate = true;
                if (value instanceof Text) {
                    throw Fault.value("Alternate form (#) not allowed in string format specifier");
                }
            }
            if (peek("0")) {
                at++;
                if (align == 0) {
                    fill = fill == ' ' ? '0' : fill;
                    align = value instanceof Text ? '<' : '=';
                }
            }
            width = number(0);
            if (peek(",_")) {
                grouping = spec.charAt(at++);
            }
            if (peek(".")) {
                at++;
                precision = number(-1);
                if (precision < 0) {
                    throw Fault.value("Format specifier missing precision");
                }
            }
            if (at < spec.length()) {
                type = spec.charAt(at++);
            }
            if (at < spec.length()) {
                throw Fault.value("Invalid format specifier");
            }
        }

        private boolean peek(String characters) {
            return at < spec.length() && characters.indexOf(spec.charAt(at)) >= 0;
        }

        private int number(int otherwise) {
            int start = at;
            long number = 0;
            while (peek("0123456789")) {
                number = Math.min(number * 10 + spec.charAt(at++) - '0', Integer.MAX_VALUE);
            }
            return at == start ? otherwise : (int) number;
        }

        Text text(Budget budget) {
            if (value instanceof Text text) {
                if ((type != 0 && type != 's') || grouping != 0) {
                    throw type != 0 && type != 's'
                            ? unknown()
                            : Fault.value("Cannot specify '" + grouping + "' with 's'.");
                }
                if (align == '=') {
                    throw Fault.value("'=' alignment not allowed in string format specifier");
                }
                Text cut = precision >= 0 && precision < text.length() ? text.units(0, text.unit(precision)) : text;
                return pad(Text.EMPTY, cut, align == 0 ? '<' : align, budget);
            }
            boolean integral = !(value instanceof Real);
            if (type == 0 && value instanceof Bool) {
                type = 'd';
            }
            if (integral && "bcdoxXn\0".indexOf(type) >= 0) {
                return integer(budget);
            }
            if ("eEfFgG%n\0".indexOf(type) < 0) {
                throw unknown();
            }
            return real(Operators.real(value), budget);
        }

        private Fault unknown() {
            return Fault.value(
                    "Unknown format code '" + type + "' for object of type '" + Operators.typeName(value) + "'");
        }

        private Text integer(Budget budget) {
            BigInteger number = java.util.Objects.requireNonNull(Operators.integer(value));
            if (precision >= 0) {
                throw Fault.value("Precision not allowed in integer format specifier");
            }
            if (type == 'c') {
                if (number.signum() < 0 || number.bitLength() > 21 || number.intValue() > Character.MAX_CODE_POINT) {
                    throw new Fault(Fault.Type.ARITHMETIC, "a character code must be in range(0x110000)");
                }
                return pad(
                        Text.EMPTY, Text.of(Character.toString(number.intValue())), align == 0 ? '<' : align, budget);
            }
            int radix = switch (type) {
                case 'b' -> 2;
                case 'o' -> 8;
                case 'x', 'X' -> 16;
                default -> 10;
            };
            if (radix != 10 && grouping == ',') {
                throw Fault.value("Cannot specify ',' with '" + type + "'.");
            }
            String digits =
                    radix == 10 ? Printer.integer(number.abs()) : number.abs().toString(radix);
            String prefix = alternate && radix != 10 ? "0" + type : "";
            if (type == 'X') {
                digits = digits.toUpperCase(Locale.ROOT);
            }
            return assemble(signOf(number.signum() < 0) + prefix, digits, "", radix == 10 ? 3 : 4, budget);
        }

        private Text real(double number, Budget budget) {
            boolean percent = type == '%';
            int places = precision;
            budget.characters(Math.max(0, places));
            budget.spend(Math.max(0, places) >> 2);
            String body;
            double absolute = Math.abs(percent ? number * 100 : number);
            boolean negative = number < 0 || (number == 0 && 1 / number < 0);
            if (Double.isNaN(absolute) || Double.isInfinite(absolute)) {
                body = Double.isNaN(absolute) ? "nan" : "inf";
                body = Character.isUpperCase(type) ? body.toUpperCase(Locale.ROOT) : body;
                return assemble(signOf(negative && !Double.isNaN(number)), body, percent ? "%" : "", 0, budget);
            }
            if (type == 0 && places < 0) {
                body = Printer.real(absolute);
            } else if (type == 0) {
                body = general(absolute, Math.max(places, 1), alternate, true);
            } else {
                body = switch (type) {
                    case 'e', 'E' -> exponential(absolute, places < 0 ? 6 : places, alternate);
                    case 'f', 'F', '%' -> fixed(absolute, places < 0 ? 6 : places, alternate);
                    default -> general(absolute, places < 0 ? 6 : Math.max(places, 1), alternate, false);
                };
            }
            if (Character.isUpperCase(type)) {
                body = body.toUpperCase(Locale.ROOT);
            }
            int split = 0;
            while (split < body.length() && Character.isDigit(body.charAt(split))) {
                split++;
            }
            return assemble(
                    signOf(negative),
                    body.substring(0, split),
                    body.substring(split) + (percent ? "%" : ""),
                    3,
                    budget);
        }

        private String signOf(boolean negative) {
            return negative ? "-" : sign == '-' ? "" : String.valueOf(sign);
        }

        private Text assemble(String before, String digits, String after, int group, Budget budget) {
            String whole = digits;
            if (grouping != 0 && group > 0) {
                int room = align == '=' && fill == '0' ? width - before.length() - after.length() : 0;
                whole = group(digits, group, Math.min(room, 1 << 20));
            }
            return pad(Text.of(before), Text.of(whole + after), align == 0 ? '>' : align, budget);
        }

        /** Separators between groups; zeros that fill the width are grouped too. */
        private String group(String digits, int size, int room) {
            StringBuilder reversed = new StringBuilder();
            int count = 0;
            for (int i = digits.length() - 1; i >= 0 || reversed.length() < room; i--) {
                if (count > 0 && count % size == 0) {
                    reversed.append(grouping);
                }
                reversed.append(i >= 0 ? digits.charAt(i) : '0');
                count++;
            }
            return reversed.reverse().toString();
        }

        private Text pad(Text before, Text body, char alignment, Budget budget) {
            int missing = Math.max(0, width - before.length() - body.length());
            budget.characters(missing);
            int left = switch (alignment) {
                case '<' -> 0;
                case '^' -> missing / 2;
                default -> missing;
            };
            Text.Builder out = new Text.Builder(budget);
            if (alignment == '=') {
                out.append(before);
                out.pad(fill, missing);
            } else {
                out.pad(fill, left);
                out.append(before);
            }
            out.append(body);
            if (alignment != '=') {
                out.pad(fill, missing - left);
            }
            return out.text();
        }
    }

    // Layouts of a number that is not negative

    static String fixed(double number, int places, boolean point) {
        String digits =
                new BigDecimal(number).setScale(places, RoundingMode.HALF_EVEN).toPlainString();
        return places == 0 && point ? digits + "." : digits;
    }

    static String exponential(double number, int places, boolean point) {
        if (number == 0) {
            return "0" + (places > 0 || point ? "." : "") + "0".repeat(places) + "e+00";
        }
        BigDecimal exact = new BigDecimal(number);
        BigDecimal rounded = exact.round(new java.math.MathContext(places + 1, RoundingMode.HALF_EVEN));
        StringBuilder digits = new StringBuilder(rounded.unscaledValue().toString());
        int exponent = digits.length() - rounded.scale() - 1;
        if (digits.length() < places + 1) {
            digits.repeat('0', places + 1 - digits.length());
        }
        digits.setLength(places + 1);
        String mantissa = digits.charAt(0) + (places > 0 || point ? "." : "") + digits.substring(1);
        return mantissa + exponent(exponent);
    }

    private static String exponent(int exponent) {
        return "e" + (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }

    /** {@code %g}; as {@code repr} it keeps ".0" and turns to exponents one digit earlier. */
    static String general(double number, int precision, boolean alternate, boolean repr) {
        String scientific = exponential(number, precision - 1, false);
        int mark = scientific.indexOf('e');
        int exponent = Integer.parseInt(scientific.substring(mark + 1));
        String body;
        String tail = "";
        if (exponent < -4 || exponent >= precision - (repr ? 1 : 0)) {
            body = scientific.substring(0, mark);
            tail = scientific.substring(mark);
        } else {
            body = fixed(number, Math.max(0, precision - 1 - exponent), false);
        }
        if (!alternate && body.indexOf('.') >= 0) {
            int end = body.length();
            while (body.charAt(end - 1) == '0') {
                end--;
            }
            body = body.substring(0, body.charAt(end - 1) == '.' ? end - 1 : end);
        }
        if (alternate && body.indexOf('.') < 0) {
            body += ".";
        }
        return repr && tail.isEmpty() && body.indexOf('.') < 0 ? body + ".0" : body + tail;
    }
}
