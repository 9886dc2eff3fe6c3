package io.jandaia.model.chat.jinja;

import io.jandaia.model.chat.jinja.Value.Dict;
import io.jandaia.model.chat.jinja.Value.Int;
import io.jandaia.model.chat.jinja.Value.None;
import io.jandaia.model.chat.jinja.Value.Tuple;
import io.jandaia.model.chat.jinja.Value.Undefined;
import io.jandaia.model.chat.jinja.Value.View;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The filters of texts that are more than a method of {@link Strings}. */
final class TextFilters {

    private final Budget budget;

    TextFilters(Budget budget) {
        this.budget = budget;
    }

    Value format(Arguments arguments) {
        Text format = Printer.soft(arguments.at(0), budget);
        if (arguments.positional().size() > 1 && !arguments.named().isEmpty()) {
            throw Fault.type("can't handle positional and keyword arguments at the same time");
        }
        if (arguments.named().isEmpty()) {
            return PercentFormat.format(format, new Tuple(arguments.tail(1).positional()), budget);
        }
        Map<Value, Value> named = new java.util.LinkedHashMap<>();
        arguments.named().forEach((name, value) -> named.put(Text.of(name), value));
        return PercentFormat.format(format, new Dict(named), budget);
    }

    Value indent(Arguments.Bound bound) {
        Value width = bound.or("width", Int.of(4));
        Text unit;
        if (width instanceof Text text) {
            unit = text;
        } else {
            int count = Math.max(0, Operators.index(width));
            budget.characters(count);
            unit = Text.of(" ".repeat(count));
        }
        Text text = Strings.text(bound.must("s"), "indent: the value");
        boolean blank = bound.flag("blank", false);
        List<Value> lines = Strings.lines(Operators.concat(text, Text.of("\n"), budget), false, budget);
        Text.Builder out = new Text.Builder(budget);
        if (bound.flag("first", false)) {
            out.append(unit);
        }
        for (int i = 0; i < lines.size(); i++) {
            Text line = (Text) lines.get(i);
            budget.step();
            if (i > 0) {
                out.append("\n");
                if (blank || !line.string().isEmpty()) {
                    out.append(unit);
                }
            }
            out.append(line);
        }
        return out.text().markup(text.markup);
    }

    Value truncate(Arguments.Bound bound) {
        Text text = Strings.text(bound.must("s"), "truncate: the value");
        int length = bound.number("length", 255);
        Text end = Strings.text(bound.or("end", Text.of("...")), "truncate: the end");
        Value leewayValue = bound.or("leeway", None.NONE);
        int leeway = leewayValue instanceof None ? 5 : Operators.index(leewayValue);
        if (length < end.length()) {
            throw Fault.value("expected length >= " + end.length() + ", got " + length);
        }
        if (leeway < 0) {
            throw Fault.value("expected leeway >= 0, got " + leeway);
        }
        if (text.length() <= (long) length + leeway) {
            return text;
        }
        Text head = text.units(0, text.unit(length - end.length()));
        if (!bound.flag("killwords", false)) {
            int blank = head.string().lastIndexOf(' ');
            head = blank < 0 ? head : head.units(0, blank);
        }
        return Operators.binary("+", head, end, budget);
    }

    static String title(String string) {
        StringBuilder out = new StringBuilder(string.length());
        boolean start = true;
        for (int i = 0; i < string.length(); ) {
            int c = string.codePointAt(i);
            int next = i + Character.charCount(c);
            boolean separator = "-({[<".indexOf(c) >= 0 || Characters.isSpace(c);
            if (separator || start) {
                out.append(Character.toString(c).toUpperCase(Locale.ROOT));
                i = next;
            } else {
                int end = i;
                while (end < string.length()
                        && "-({[<".indexOf(string.charAt(end)) < 0
                        && !Characters.isSpace(string.charAt(end))) {
                    end++;
                }
                out.append(Characters.lower(string.substring(i, end)));
                i = end;
            }
            start = separator;
        }
        return out.toString();
    }

    static Value wordCount(String string) {
        int count = 0;
        boolean inside = false;
        for (int c : string.codePoints().toArray()) {
            boolean word = Characters.isAlpha(c) || Characters.isDigit(c) || Characters.isNumeric(c) || c == '_';
            count += word && !inside ? 1 : 0;
            inside = word;
        }
        return Int.of(count);
    }

    Value urlEncode(Value value) {
        if (value instanceof Text || Operators.iteratorOrNull(value) == null) {
            return Printer.str(value, budget).map(string -> quote(string, "/"));
        }
        Iterator<Value> pairs =
                value instanceof Dict dict ? new View("items", dict).items().iterator() : Operators.iterator(value);
        Text.Builder out = new Text.Builder(budget);
        while (pairs.hasNext()) {
            budget.step();
            List<Value> pair = Operators.list(pairs.next());
            if (pair.size() != 2) {
                throw Fault.value("urlencode needs pairs, found " + pair.size() + " values");
            }
            out.append(out.units() > 0 ? "&" : "");
            out.append(Printer.str(pair.get(0), budget).map(s -> quote(s, "").replace("%20", "+")));
            out.append("=");
            out.append(Printer.str(pair.get(1), budget).map(s -> quote(s, "").replace("%20", "+")));
        }
        return out.text();
    }

    static String quote(String string, String safe) {
        StringBuilder out = new StringBuilder();
        for (byte b : string.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c < 128 && (Character.isLetterOrDigit(c) || "_.-~".indexOf(c) >= 0 || safe.indexOf(c) >= 0)) {
                out.append(c);
            } else {
                out.append('%').append(String.format(Locale.ROOT, "%02X", (int) c));
            }
        }
        return out.toString();
    }

    Value xmlAttributes(Arguments.Bound bound) {
        if (!(bound.must("d") instanceof Dict dict)) {
            throw Fault.type("xmlattr needs a mapping");
        }
        Text.Builder out = new Text.Builder(budget);
        boolean space = bound.flag("autospace", true);
        for (Map.Entry<Value, Value> entry : dict.entries().entrySet()) {
            Value value = entry.getValue();
            if (value instanceof None || value instanceof Undefined) {
                continue;
            }
            Text key = Strings.text(entry.getKey(), "attribute name");
            if (key.string().chars().anyMatch(c -> " \t\n\r\f\u000b/>=".indexOf(c) >= 0)) {
                throw Fault.value("Invalid character in attribute name: " + key.string());
            }
            out.append(out.units() > 0 || space ? " " : "");
            out.append(Html.escape(key, budget));
            out.append("=\"");
            out.append(Html.escape(Printer.soft(value, budget), budget));
            out.append("\"");
        }
        return out.text();
    }
}
