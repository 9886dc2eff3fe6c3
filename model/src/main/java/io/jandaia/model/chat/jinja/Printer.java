package io.jandaia.model.chat.jinja;

import io.jandaia.model.chat.jinja.Value.Bool;
import io.jandaia.model.chat.jinja.Value.Dict;
import io.jandaia.model.chat.jinja.Value.Function;
import io.jandaia.model.chat.jinja.Value.Generator;
import io.jandaia.model.chat.jinja.Value.Instance;
import io.jandaia.model.chat.jinja.Value.Int;
import io.jandaia.model.chat.jinja.Value.ListOf;
import io.jandaia.model.chat.jinja.Value.Namespace;
import io.jandaia.model.chat.jinja.Value.None;
import io.jandaia.model.chat.jinja.Value.Range;
import io.jandaia.model.chat.jinja.Value.Real;
import io.jandaia.model.chat.jinja.Value.Tuple;
import io.jandaia.model.chat.jinja.Value.Undefined;
import io.jandaia.model.chat.jinja.Value.View;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Python's {@code str} and {@code repr}. */
final class Printer {

    private static final BigInteger LARGEST = BigInteger.TEN.pow(4300);

    private Printer() {}

    /** A text as it is, safe or not; anything else as {@link #str} writes it. */
    static Text soft(Value value, Budget budget) {
        return value instanceof Text text ? text : str(value, budget);
    }

    /** {@code str(value)}; a text stays itself, origins included. */
    static Text str(Value value, Budget budget) {
        return switch (value) {
            case Text text -> text.markup(false);
            case Undefined undefined -> Text.EMPTY;
            default -> repr(value, budget);
        };
    }

    static Text repr(Value value, Budget budget) {
        Text.Builder builder = new Text.Builder(budget);
        repr(value, builder, budget, origin(value, budget));
        return builder.text();
    }

    /**
     * The origin for what a printed collection has between its strings (quotes, brackets, numbers): that of its first marked
     * string, so that data of a message counts as a whole.
     */
    static int origin(Value value, Budget budget) {
        return switch (value) {
            case Text text -> text.firstOrigin();
            case ListOf list -> origin(list.items(), budget);
            case Tuple tuple -> origin(tuple.items(), budget);
            case View view -> origin(view.dict(), budget);
            case Dict dict -> {
                int origin = origin(dict.entries().keySet(), budget);
                yield origin != 0 ? origin : origin(dict.entries().values(), budget);
            }
            default -> 0;
        };
    }

    private static int origin(Iterable<Value> values, Budget budget) {
        budget.enter();
        int origin = 0;
        for (Value value : values) {
            budget.step();
            origin = origin(value, budget);
            if (origin != 0) {
                break;
            }
        }
        budget.leave();
        return origin;
    }

    private static void repr(Value value, Text.Builder builder, Budget budget, int origin) {
        budget.step();
        budget.enter();
        switch (value) {
            case None none -> builder.append("None", origin);
            case Bool bool -> builder.append(bool.on() ? "True" : "False", origin);
            case Int number -> builder.append(integer(number.number()), origin);
            case Real number -> builder.append(real(number.number()), origin);
            case Text text -> quote(text, builder, origin);
            case ListOf list -> items("[", list.items(), "]", builder, budget, origin);
            case Tuple tuple ->
                items("(", tuple.items(), tuple.items().size() == 1 ? ",)" : ")", builder, budget, origin);
            case Dict dict -> entries(dict.entries(), builder, budget, origin);
            case View view -> {
                builder.append("dict_" + view.kind() + "(", origin);
                items("[", view.items(), "]", builder, budget, origin);
                builder.append(")", origin);
            }
            case Range range ->
                builder.append("range(" + range.start() + ", " + range.stop()
                        + (range.step() == 1 ? "" : ", " + range.step()) + ")");
            case Undefined undefined -> builder.append("Undefined");
            case Namespace namespace -> {
                builder.append("<Namespace ");
                entries(namespace.attributes, builder, budget, origin);
                builder.append(">");
            }
            case Generator generator -> builder.append("<generator object " + generator.name + ">");
            case Function function -> builder.append("<built-in method " + function.name() + ">");
            case Instance instance -> builder.append(instance.repr());
        }
        budget.leave();
    }

    private static void items(
            String open, List<Value> items, String close, Text.Builder builder, Budget budget, int origin) {
        builder.append(open, origin);
        Iterator<Value> iterator = items.iterator();
        while (iterator.hasNext()) {
            repr(iterator.next(), builder, budget, origin);
            if (iterator.hasNext()) {
                builder.append(", ", origin);
            }
        }
        builder.append(close, origin);
    }

    private static void entries(Map<Value, Value> entries, Text.Builder builder, Budget budget, int origin) {
        builder.append("{", origin);
        Iterator<Map.Entry<Value, Value>> iterator = entries.entrySet().iterator();
        while (iterator.hasNext()) {
            Map.Entry<Value, Value> entry = iterator.next();
            repr(entry.getKey(), builder, budget, origin);
            builder.append(": ", origin);
            repr(entry.getValue(), builder, budget, origin);
            if (iterator.hasNext()) {
                builder.append(", ", origin);
            }
        }
        builder.append("}", origin);
    }

    /** Python's quotes: single ones unless only the text has some, and escapes for what does not print. */
    private static void quote(Text text, Text.Builder builder, int origin) {
        String string = text.string();
        char quote = string.indexOf('\'') >= 0 && string.indexOf('"') < 0 ? '"' : '\'';
        if (text.markup) {
            builder.append("Markup(", origin);
        }
        builder.append(String.valueOf(quote), origin);
        text.runs((start, end, mark) -> {
            StringBuilder escaped = new StringBuilder(end - start);
            for (int i = start; i < end; ) {
                int c = string.codePointAt(i);
                i += Character.charCount(c);
                switch (c) {
                    case '\\' -> escaped.append("\\\\");
                    case '\n' -> escaped.append("\\n");
                    case '\r' -> escaped.append("\\r");
                    case '\t' -> escaped.append("\\t");
                    default -> {
                        if (c == quote) {
                            escaped.append('\\').append(quote);
                        } else if (Characters.isPrintable(c)) {
                            escaped.appendCodePoint(c);
                        } else {
                            escape(c, escaped);
                        }
                    }
                }
            }
            builder.append(escaped.toString(), mark);
        });
        builder.append(String.valueOf(quote), origin);
        if (text.markup) {
            builder.append(")", origin);
        }
    }

    private static void escape(int c, StringBuilder out) {
        String hex = Integer.toHexString(c);
        int width = c < 0x100 ? 2 : c < 0x10000 ? 4 : 8;
        out.append(c < 0x100 ? "\\x" : c < 0x10000 ? "\\u" : "\\U")
                .repeat('0', width - hex.length())
                .append(hex);
    }

    /** Python's {@code ascii}: repr with everything beyond ASCII escaped. */
    static Text ascii(Value value, Budget budget) {
        return repr(value, budget).map(string -> {
            StringBuilder escaped = new StringBuilder(string.length());
            string.codePoints().forEach(c -> {
                if (c < 128) {
                    escaped.append((char) c);
                } else {
                    escape(c, escaped);
                }
            });
            return escaped.toString();
        });
    }

    static String integer(BigInteger number) {
        if (number.bitLength() > 64 && number.abs().compareTo(LARGEST) >= 0) {
            throw Fault.value("Exceeds the limit (4300 digits) for integer string conversion");
        }
        return number.toString();
    }

    /** The shortest digits that read back as the same number, laid out as Python does. */
    static String real(double number) {
        if (Double.isNaN(number)) {
            return "nan";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "inf" : "-inf";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = new BigDecimal(Double.toString(Math.abs(number))).stripTrailingZeros();
        String digits = shortest.unscaledValue().toString();
        int exponent = digits.length() - shortest.scale() - 1;
        StringBuilder out = new StringBuilder(number < 0 ? "-" : "");
        if (exponent < -4 || exponent >= 16) {
            out.append(digits.charAt(0));
            if (digits.length() > 1) {
                out.append('.').append(digits, 1, digits.length());
            }
            out.append('e').append(exponent < 0 ? '-' : '+');
            out.append(Math.abs(exponent) < 10 ? "0" : "").append(Math.abs(exponent));
        } else if (exponent < 0) {
            out.append("0.").repeat('0', -exponent - 1).append(digits);
        } else if (digits.length() > exponent + 1) {
            out.append(digits, 0, exponent + 1).append('.').append(digits, exponent + 1, digits.length());
        } else {
            out.append(digits).repeat('0', exponent + 1 - digits.length()).append(".0");
        }
        return out.toString();
    }
}
