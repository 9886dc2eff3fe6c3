package io.jandaia.model.chat.jinja;

import io.jandaia.model.chat.jinja.Value.Bool;
import io.jandaia.model.chat.jinja.Value.Dict;
import io.jandaia.model.chat.jinja.Value.Int;
import io.jandaia.model.chat.jinja.Value.ListOf;
import io.jandaia.model.chat.jinja.Value.None;
import io.jandaia.model.chat.jinja.Value.Real;
import io.jandaia.model.chat.jinja.Value.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The filter tojson: Python's {@code json.dumps} with the reference's defaults ({@code ensure_ascii} off, separators
 * {@code ", "} and {@code ": "}, nothing escaped for HTML). Strings keep their origins; what stands between them takes the
 * origin of the first marked one.
 */
final class Json {

    private final Text.Builder out;
    private final Budget budget;
    private final int origin;
    private final boolean ascii;
    private final @Nullable String indent;
    private final Text itemSeparator;
    private final Text keySeparator;
    private final boolean sorted;

    private Json(
            Budget budget,
            int origin,
            boolean ascii,
            @Nullable String indent,
            Text itemSeparator,
            Text keySeparator,
            boolean sorted) {
        this.out = new Text.Builder(budget);
        this.budget = budget;
        this.origin = origin;
        this.ascii = ascii;
        this.indent = indent;
        this.itemSeparator = itemSeparator;
        this.keySeparator = keySeparator;
        this.sorted = sorted;
    }

    static Text dump(Arguments arguments, Budget budget) {
        Arguments.Bound bound = arguments.bind("tojson", "*x", "ensure_ascii", "indent", "separators", "sort_keys");
        Value indent = bound.or("indent", None.NONE);
        String unit = switch (indent) {
            case None none -> null;
            case Text text -> text.string();
            default -> " ".repeat(Math.clamp(Operators.index(indent), 0, 1000));
        };
        Text items = Text.of(unit == null ? ", " : ",");
        Text keys = Text.of(": ");
        Value separators = bound.or("separators", None.NONE);
        if (!(separators instanceof None)) {
            List<Value> pair = Operators.list(separators);
            if (pair.size() != 2 || !(pair.get(0) instanceof Text first) || !(pair.get(1) instanceof Text second)) {
                throw Fault.type("separators must be two strings");
            }
            items = first;
            keys = second;
        }
        Value value = bound.must("x");
        Json json = new Json(
                budget,
                Printer.origin(value, budget),
                bound.flag("ensure_ascii", false),
                unit,
                items,
                keys,
                bound.flag("sort_keys", false));
        json.value(value, 0);
        return json.out.text();
    }

    private void value(Value value, int level) {
        budget.step();
        budget.enter();
        switch (value) {
            case None none -> out.append("null", origin);
            case Bool bool -> out.append(bool.on() ? "true" : "false", origin);
            case Int number -> out.append(Printer.integer(number.number()), origin);
            case Real number -> out.append(real(number.number()), origin);
            case Text text -> string(text);
            case ListOf list -> list(list.items(), level);
            case Tuple tuple -> list(tuple.items(), level);
            case Dict dict -> dict(dict, level);
            default -> throw Fault.type("Object of type " + Operators.typeName(value) + " is not JSON serializable");
        }
        budget.leave();
    }

    private static String real(double number) {
        if (Double.isNaN(number)) {
            return "NaN";
        }
        return Double.isInfinite(number) ? (number > 0 ? "Infinity" : "-Infinity") : Printer.real(number);
    }

    private void list(List<Value> items, int level) {
        out.append(items.isEmpty() ? "[]" : "[", origin);
        if (items.isEmpty()) {
            return;
        }
        for (int i = 0; i < items.size(); i++) {
            separate(i > 0, level + 1);
            value(items.get(i), level + 1);
        }
        line(level);
        out.append("]", origin);
    }

    private void dict(Dict dict, int level) {
        out.append(dict.entries().isEmpty() ? "{}" : "{", origin);
        if (dict.entries().isEmpty()) {
            return;
        }
        Map<Value, Value> entries = dict.entries();
        List<Value> keys = new ArrayList<>(entries.keySet());
        if (sorted) {
            keys = Operators.sorted(keys, keys, false, budget);
        }
        boolean more = false;
        for (Value key : keys) {
            separate(more, level + 1);
            more = true;
            string(key(key));
            separator(keySeparator);
            Value value = entries.get(key);
            value(value == null ? None.NONE : value, level + 1);
        }
        line(level);
        out.append("}", origin);
    }

    private static Text key(Value key) {
        return switch (key) {
            case Text text -> text;
            case None none -> Text.of("null");
            case Bool bool -> Text.of(bool.on() ? "true" : "false");
            case Int number -> Text.of(Printer.integer(number.number()));
            case Real number -> Text.of(real(number.number()));
            default -> throw Fault.type("keys must be str, int, float, bool or None, not " + Operators.typeName(key));
        };
    }

    private void separate(boolean comma, int level) {
        if (comma) {
            separator(itemSeparator);
        }
        line(level);
    }

    private void separator(Text separator) {
        if (separator.firstOrigin() == 0) {
            out.append(separator.string(), origin);
        } else {
            out.append(separator);
        }
    }

    private void line(int level) {
        if (indent != null) {
            out.append("\n" + indent.repeat(level), origin);
        }
    }

    private void string(Text text) {
        String string = text.string();
        out.append("\"", origin);
        text.runs((start, end, mark) -> {
            StringBuilder escaped = new StringBuilder(end - start + 16);
            for (int i = start; i < end; i++) {
                char c = string.charAt(i);
                switch (c) {
                    case '"' -> escaped.append("\\\"");
                    case '\\' -> escaped.append("\\\\");
                    case '\n' -> escaped.append("\\n");
                    case '\r' -> escaped.append("\\r");
                    case '\t' -> escaped.append("\\t");
                    case '\f' -> escaped.append("\\f");
                    case '\b' -> escaped.append("\\b");
                    default -> {
                        if (c < 0x20 || (ascii && c > 0x7e)) {
                            String hex = Integer.toHexString(c);
                            escaped.append("\\u").repeat('0', 4 - hex.length()).append(hex);
                        } else {
                            escaped.append(c);
                        }
                    }
                }
            }
            out.append(escaped.toString(), mark == 0 ? origin : mark);
        });
        out.append("\"", origin);
    }

    /** Reads JSON, as the filter from_json does: what it makes of a message's text is the message's too. */
    static Value parse(Text text, Budget budget) {
        Reader reader = new Reader(text, budget);
        reader.space();
        Value value = reader.value();
        reader.space();
        if (reader.at < reader.string.length()) {
            throw reader.error();
        }
        return value;
    }

    /** A small recursive reader. */
    private static final class Reader {
        private final Text text;
        private final String string;
        private final Budget budget;
        private int at;

        Reader(Text text, Budget budget) {
            this.text = text;
            this.string = text.string();
            this.budget = budget;
        }

        Fault error() {
            return Fault.value("from_json: not JSON at character " + at);
        }

        void space() {
            while (at < string.length() && " \n\r\t".indexOf(string.charAt(at)) >= 0) {
                at++;
            }
        }

        Value value() {
            budget.step();
            budget.enter();
            if (at >= string.length()) {
                throw error();
            }
            Value value = switch (string.charAt(at)) {
                case '{' -> dict();
                case '[' -> list();
                case '"' -> string();
                case 't' -> word("true", Bool.TRUE);
                case 'f' -> word("false", Bool.FALSE);
                case 'n' -> word("null", None.NONE);
                default -> number();
            };
            budget.leave();
            return value;
        }

        private Value word(String word, Value value) {
            if (!string.startsWith(word, at)) {
                throw error();
            }
            at += word.length();
            return value;
        }

        private Value number() {
            int start = at;
            while (at < string.length() && "+-.eE0123456789".indexOf(string.charAt(at)) >= 0) {
                at++;
            }
            String number = string.substring(start, at);
            if (number.matches("-?(0|[1-9][0-9]{0,4000})")) {
                return new Int(new java.math.BigInteger(number));
            }
            if (number.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
                return new Real(Double.parseDouble(number));
            }
            at = start;
            throw error();
        }

        private void expect(char c) {
            space();
            if (at >= string.length() || string.charAt(at) != c) {
                throw error();
            }
            at++;
            space();
        }

        /** Whether another element follows; else the closing bracket has been read. */
        private boolean more(char close, boolean first) {
            space();
            if (at < string.length() && string.charAt(at) == close) {
                at++;
                return false;
            }
            if (!first) {
                expect(',');
            }
            return true;
        }

        private Value list() {
            expect('[');
            List<Value> items = new ArrayList<>();
            while (more(']', items.isEmpty())) {
                items.add(value());
            }
            return new ListOf(items);
        }

        private Value dict() {
            expect('{');
            Map<Value, Value> entries = new LinkedHashMap<>();
            while (more('}', entries.isEmpty())) {
                if (at >= string.length() || string.charAt(at) != '"') {
                    throw error();
                }
                Text key = string();
                expect(':');
                entries.put(key, value());
            }
            return new Dict(entries);
        }

        private Text string() {
            int start = ++at;
            Text.Builder builder = new Text.Builder(budget);
            while (true) {
                if (at >= string.length() || string.charAt(at) < 0x20) {
                    throw error();
                }
                char c = string.charAt(at);
                if (c == '"' || c == '\\') {
                    builder.append(text, start, at);
                    at++;
                    if (c == '"') {
                        return builder.text();
                    }
                    builder.append(escape(), text.firstOrigin());
                    start = at;
                } else {
                    at++;
                }
            }
        }

        private String escape() {
            if (at >= string.length()) {
                throw error();
            }
            char c = string.charAt(at++);
            int simple = "\"\\/bfnrt".indexOf(c);
            if (simple >= 0) {
                return String.valueOf("\"\\/\b\f\n\r\t".charAt(simple));
            }
            if (c != 'u'
                    || at + 4 > string.length()
                    || !string.substring(at, at + 4).matches("[0-9a-fA-F]{4}")) {
                throw error();
            }
            at += 4;
            return String.valueOf((char) Integer.parseInt(string.substring(at - 4, at), 16));
        }
    }
}
