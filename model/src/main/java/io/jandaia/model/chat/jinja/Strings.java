package io.jandaia.model.chat.jinja;

import io.jandaia.model.chat.jinja.Value.Bool;
import io.jandaia.model.chat.jinja.Value.Dict;
import io.jandaia.model.chat.jinja.Value.Int;
import io.jandaia.model.chat.jinja.Value.ListOf;
import io.jandaia.model.chat.jinja.Value.None;
import io.jandaia.model.chat.jinja.Value.Tuple;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;

/** The methods of Python's str. */
final class Strings {

    static final Set<String> NAMES = Set.of(
            "capitalize",
            "casefold",
            "center",
            "count",
            "encode",
            "endswith",
            "expandtabs",
            "find",
            "format",
            "format_map",
            "index",
            "isalnum",
            "isalpha",
            "isascii",
            "isdecimal",
            "isdigit",
            "isidentifier",
            "islower",
            "isnumeric",
            "isprintable",
            "isspace",
            "istitle",
            "isupper",
            "join",
            "ljust",
            "lower",
            "lstrip",
            "maketrans",
            "partition",
            "removeprefix",
            "removesuffix",
            "replace",
            "rfind",
            "rindex",
            "rjust",
            "rpartition",
            "rsplit",
            "rstrip",
            "split",
            "splitlines",
            "startswith",
            "strip",
            "swapcase",
            "title",
            "translate",
            "upper",
            "zfill");

    private Strings() {}

    /** Calls the method {@code name}, which is in {@link #NAMES}. */
    static Value call(Text self, String name, Arguments arguments, Interpreter interpreter) {
        Budget budget = interpreter.budget;
        // Most methods read the string character by character.
        budget.spend(self.string().length() >> 4);
        return switch (name) {
            case "upper" -> simple(arguments, name, upper(self, budget));
            case "lower" -> simple(arguments, name, lower(self, budget));
            case "casefold" -> simple(arguments, name, letterByLetter(self, Strings::casefold, budget));
            case "capitalize" -> simple(arguments, name, capitalize(self));
            case "title" -> simple(arguments, name, letterByLetter(self, Strings::title, budget));
            case "swapcase" -> simple(arguments, name, letterByLetter(self, Strings::swapcase, budget));
            case "strip", "lstrip", "rstrip" -> {
                arguments.plain(name, 0, 1);
                Value characters = arguments.size() == 0 ? None.NONE : arguments.at(0);
                if (!(characters instanceof None || characters instanceof Text)) {
                    throw Fault.type(name + " arg must be None or str");
                }
                yield strip(self, characters, !name.equals("rstrip"), !name.equals("lstrip"));
            }
            case "split", "rsplit" -> {
                Arguments.Bound bound = arguments.bind(name, "sep", "maxsplit");
                yield new ListOf(split(
                        self, bound.or("sep", None.NONE), bound.number("maxsplit", -1), name.equals("rsplit"), budget));
            }
            case "splitlines" ->
                new ListOf(lines(self, arguments.bind(name, "keepends").flag("keepends", false), budget));
            case "partition", "rpartition" ->
                partition(self, arguments.plain(name, 1, 1).at(0), name.equals("rpartition"));
            case "startswith", "endswith" -> affix(self, name, arguments.plain(name, 1, 3));
            case "find", "rfind", "index", "rindex", "count" -> find(self, name, arguments.plain(name, 1, 3));
            case "replace" -> {
                arguments.plain(name, 2, 3);
                int count = arguments.size() > 2 ? Operators.index(arguments.at(2)) : -1;
                Text old = text(arguments.at(0), "replace() argument 1");
                Text with = text(arguments.at(1), "replace() argument 2");
                yield replace(
                                self,
                                old,
                                self.markup ? Html.escape(with, budget) : with,
                                count < 0 ? Integer.MAX_VALUE : count,
                                budget)
                        .markup(self.markup);
            }
            case "join" ->
                join(self, Operators.iterator(arguments.plain(name, 1, 1).at(0)), self.markup, budget);
            case "format" -> FormatSpec.format(self, field -> interpreter.field(field, arguments), budget);
            case "format_map" -> {
                if (!(arguments.plain(name, 1, 1).at(0) instanceof Dict dict)) {
                    throw Fault.type("format_map() takes a mapping");
                }
                java.util.Map<String, Value> named = new java.util.LinkedHashMap<>();
                dict.entries()
                        .forEach((key, value) ->
                                named.put(Printer.str(key, budget).string(), value));
                Arguments fields = new Arguments(List.of(), named);
                yield FormatSpec.format(self, field -> interpreter.field(field, fields), budget);
            }
            case "removeprefix", "removesuffix" -> {
                Text affix = text(arguments.plain(name, 1, 1).at(0), name + "() argument");
                String string = self.string();
                int length = affix.string().length();
                if (name.equals("removeprefix")) {
                    yield string.startsWith(affix.string()) ? self.units(length, string.length()) : self;
                }
                yield string.endsWith(affix.string()) ? self.units(0, string.length() - length) : self;
            }
            case "center", "ljust", "rjust" -> {
                arguments.plain(name, 1, 2);
                Text fill = arguments.size() > 1 ? text(arguments.at(1), name + "() fill character") : Text.of(" ");
                if (fill.length() != 1) {
                    throw Fault.type("The fill character must be exactly one character long");
                }
                yield justify(
                        self,
                        name,
                        Operators.index(arguments.at(0)),
                        fill.string().codePointAt(0),
                        budget);
            }
            case "zfill" -> {
                int width = Operators.index(arguments.plain(name, 1, 1).at(0));
                int missing = Math.max(0, width - self.length());
                budget.characters(missing);
                int sign = self.string().startsWith("-") || self.string().startsWith("+") ? 1 : 0;
                Text.Builder out = new Text.Builder(budget);
                out.append(self, 0, sign);
                out.pad('0', missing);
                out.append(self, sign, self.string().length());
                yield out.text().markup(self.markup);
            }
            case "expandtabs" -> {
                int size = arguments.bind(name, "tabsize").number("tabsize", 8);
                yield expandTabs(self, size, budget);
            }
            case "isascii" -> is(arguments, name, self.string().isEmpty() || all(self, c -> c < 128));
            case "isspace" -> is(arguments, name, all(self, Characters::isSpace));
            case "isalpha" -> is(arguments, name, all(self, Characters::isAlpha));
            case "isdecimal" -> is(arguments, name, all(self, Characters::isDecimal));
            case "isdigit" -> is(arguments, name, all(self, Characters::isDigit));
            case "isnumeric" -> is(arguments, name, all(self, Characters::isNumeric));
            case "isalnum" ->
                is(
                        arguments,
                        name,
                        all(self, c -> Characters.isAlpha(c) || Characters.isDigit(c) || Characters.isNumeric(c)));
            case "isprintable" -> is(arguments, name, self.string().isEmpty() || all(self, Characters::isPrintable));
            case "isidentifier" -> is(arguments, name, isIdentifier(self.string()));
            case "islower" -> is(arguments, name, isLower(self.string()));
            case "isupper" -> is(arguments, name, isUpper(self.string()));
            case "istitle" -> is(arguments, name, isTitle(self.string()));
            default -> throw Fault.unsupported("the string method '" + name + "'");
        };
    }

    private static Value simple(Arguments arguments, String name, Value value) {
        arguments.plain(name, 0, 0);
        return value;
    }

    private static Value is(Arguments arguments, String name, boolean on) {
        arguments.plain(name, 0, 0);
        return Bool.of(on);
    }

    static Text text(Value value, String what) {
        if (value instanceof Text text) {
            return text;
        }
        throw Fault.type(what + " must be str, not " + Operators.typeName(value));
    }

    private static boolean all(Text text, IntPredicate predicate) {
        return !text.string().isEmpty() && text.string().codePoints().allMatch(predicate);
    }

    private static boolean isIdentifier(String string) {
        return !string.isEmpty()
                && (string.codePointAt(0) == '_' || Character.isUnicodeIdentifierStart(string.codePointAt(0)))
                && string.codePoints()
                        .allMatch(c -> Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c));
    }

    static boolean isLower(String string) {
        return string.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c))
                && string.codePoints().anyMatch(Character::isLowerCase);
    }

    static boolean isUpper(String string) {
        return string.codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c))
                && string.codePoints().anyMatch(Character::isUpperCase);
    }

    private static boolean isTitle(String string) {
        boolean inside = false;
        boolean found = false;
        for (int c : string.codePoints().toArray()) {
            if (Character.isUpperCase(c) || Character.isTitleCase(c)) {
                if (inside) {
                    return false;
                }
                inside = true;
                found = true;
            } else if (Character.isLowerCase(c)) {
                if (!inside) {
                    return false;
                }
                found = true;
            } else {
                inside = false;
            }
        }
        return found;
    }

    static Text upper(Text text, Budget budget) {
        return grown(text, text.map(Characters::upper), budget);
    }

    static Text lower(Text text, Budget budget) {
        return grown(text, text.map(Characters::lower), budget);
    }

    /** Letters that become several take the Java runtime many times as long as others. */
    private static Text grown(Text before, Text after, Budget budget) {
        budget.spend(Math.max(0, after.string().length() - before.string().length()));
        return after;
    }

    /** A change that makes a small string of every character. */
    private static Text letterByLetter(Text text, UnaryOperator<String> change, Budget budget) {
        budget.spend(text.string().length() >> 1);
        return text.map(change);
    }

    private static String casefold(String string) {
        StringBuilder folded = new StringBuilder(string.length());
        // Without context: a final sigma folds like any other.
        string.codePoints()
                .forEach(c -> Character.toString(c)
                        .toUpperCase(Locale.ROOT)
                        .codePoints()
                        .forEach(upper -> folded.appendCodePoint(Character.toLowerCase(upper))));
        return folded.toString();
    }

    static Text capitalize(Text text) {
        return text.map(s -> {
            if (s.isEmpty()) {
                return s;
            }
            int first = Character.charCount(s.codePointAt(0));
            // Lower case sees the whole string, since a final sigma depends on what comes before it.
            String lower = Characters.lower(s);
            int lowerFirst = s.substring(0, first).toLowerCase(Locale.ROOT).length();
            return Characters.title(s.codePointAt(0)) + lower.substring(lowerFirst);
        });
    }

    private static String title(String string) {
        StringBuilder titled = new StringBuilder(string.length());
        boolean inside = false;
        String lower = Characters.lower(string);
        boolean aligned = lower.length() == string.length();
        for (int i = 0; i < string.length(); ) {
            int c = string.codePointAt(i);
            int next = i + Character.charCount(c);
            if (!inside) {
                titled.append(Characters.title(c));
            } else {
                titled.append(
                        aligned
                                ? lower.substring(i, next)
                                : Character.toString(c).toLowerCase(Locale.ROOT));
            }
            inside = Characters.isCased(c);
            i = next;
        }
        return titled.toString();
    }

    private static String swapcase(String string) {
        StringBuilder swapped = new StringBuilder(string.length());
        string.codePoints().forEach(c -> {
            String one = Character.toString(c);
            swapped.append(
                    Character.isUpperCase(c)
                            ? one.toLowerCase(Locale.ROOT)
                            : Character.isLowerCase(c) ? one.toUpperCase(Locale.ROOT) : one);
        });
        return swapped.toString();
    }

    /** Without the given characters (None: whitespace) at the chosen ends. */
    static Text strip(Text text, Value characters, boolean left, boolean right) {
        IntPredicate drop = characters instanceof Text set ? c -> set.string().indexOf(c) >= 0 : Characters::isSpace;
        String string = text.string();
        int from = 0;
        int to = string.length();
        while (left && from < to && drop.test(string.codePointAt(from))) {
            from += Character.charCount(string.codePointAt(from));
        }
        while (right && to > from && drop.test(string.codePointBefore(to))) {
            to -= Character.charCount(string.codePointBefore(to));
        }
        return text.units(from, to);
    }

    static List<Value> split(Text text, Value separator, int most, boolean fromRight, Budget budget) {
        int limit = most < 0 ? Integer.MAX_VALUE : most;
        if (separator instanceof None) {
            return words(text, limit, fromRight, budget);
        }
        Text by = text(separator, "must be str or None; the separator");
        String needle = by.string();
        if (needle.isEmpty()) {
            throw Fault.value("empty separator");
        }
        String string = text.string();
        List<Value> parts = new ArrayList<>();
        if (fromRight) {
            int end = string.length();
            while (parts.size() < limit) {
                int found = end - needle.length() < 0 ? -1 : Search.last(string, needle, end - needle.length());
                if (found < 0) {
                    break;
                }
                budget.step();
                parts.add(0, text.units(found + needle.length(), end));
                end = found;
            }
            parts.add(0, text.units(0, end));
            return parts;
        }
        int start = 0;
        while (parts.size() < limit) {
            int found = Search.first(string, needle, start);
            if (found < 0) {
                break;
            }
            budget.step();
            parts.add(text.units(start, found));
            start = found + needle.length();
        }
        parts.add(text.units(start, string.length()));
        return parts;
    }

    private static List<Value> words(Text text, int limit, boolean fromRight, Budget budget) {
        String string = text.string();
        List<Value> parts = new ArrayList<>();
        if (fromRight) {
            int end = string.length();
            while (true) {
                while (end > 0 && Characters.isSpace(string.charAt(end - 1))) {
                    end--;
                }
                if (end == 0) {
                    return parts;
                }
                int start = end;
                while (start > 0 && (parts.size() == limit || !Characters.isSpace(string.charAt(start - 1)))) {
                    start--;
                }
                budget.step();
                parts.add(0, text.units(start, end));
                end = start;
            }
        }
        int start = 0;
        while (true) {
            while (start < string.length() && Characters.isSpace(string.charAt(start))) {
                start++;
            }
            if (start == string.length()) {
                return parts;
            }
            int end = start;
            while (end < string.length() && (parts.size() == limit || !Characters.isSpace(string.charAt(end)))) {
                end++;
            }
            budget.step();
            parts.add(text.units(start, end));
            start = end;
        }
    }

    static List<Value> lines(Text text, boolean keepEnds, Budget budget) {
        String string = text.string();
        List<Value> lines = new ArrayList<>();
        int start = 0;
        while (start < string.length()) {
            int end = start;
            while (end < string.length() && !Characters.isLineEnd(string.charAt(end))) {
                end++;
            }
            int next = end;
            if (end < string.length()) {
                next = string.startsWith("\r\n", end) ? end + 2 : end + 1;
            }
            budget.step();
            lines.add(text.units(start, keepEnds ? next : end));
            start = next;
        }
        return lines;
    }

    private static Value partition(Text text, Value separator, boolean last) {
        Text by = text(separator, "the separator");
        if (by.string().isEmpty()) {
            throw Fault.value("empty separator");
        }
        String string = text.string();
        int found = last ? Search.last(string, by.string(), string.length()) : Search.first(string, by.string(), 0);
        if (found < 0) {
            Text none = Text.EMPTY.markup(text.markup);
            return last ? Tuple.of(none, none, text) : Tuple.of(text, none, none);
        }
        int end = found + by.string().length();
        return Tuple.of(text.units(0, found), text.units(found, end), text.units(end, string.length()));
    }

    /** The bounds of the optional start and end arguments, as code points. */
    private static int[] bounds(Text text, Arguments arguments) {
        int[] bounds = {0, text.length()};
        for (int i = 0; i < 2; i++) {
            if (arguments.size() > i + 1 && !(arguments.at(i + 1) instanceof None)) {
                if (Operators.integer(arguments.at(i + 1)) == null) {
                    throw Fault.type("slice indices must be integers or None or have an __index__ method");
                }
                long index = Operators.index(arguments.at(i + 1));
                bounds[i] = (int) Math.max(index < 0 ? index + text.length() : index, 0);
            }
        }
        bounds[1] = Math.min(bounds[1], text.length());
        return bounds;
    }

    private static Value affix(Text text, String name, Arguments arguments) {
        int[] bounds = bounds(text, arguments);
        List<Value> affixes;
        if (arguments.at(0) instanceof Tuple tuple) {
            affixes = tuple.items();
        } else if (arguments.at(0) instanceof Text) {
            affixes = List.of(arguments.at(0));
        } else {
            throw Fault.type(
                    name + " first arg must be str or a tuple of str, not " + Operators.typeName(arguments.at(0)));
        }
        for (Value affix : affixes) {
            String string = text(affix, "tuple for " + name + ": an element").string();
            if (bounds[0] <= bounds[1]) {
                String part = text.string().substring(text.unit(bounds[0]), text.unit(bounds[1]));
                if (name.equals("startswith") ? part.startsWith(string) : part.endsWith(string)) {
                    return Bool.TRUE;
                }
            }
        }
        return Bool.FALSE;
    }

    private static Value find(Text text, String name, Arguments arguments) {
        String needle = text(arguments.at(0), "must be str; the argument").string();
        int[] bounds = bounds(text, arguments);
        int result = -1;
        int count = 0;
        if (bounds[0] <= bounds[1]) {
            int from = text.unit(bounds[0]);
            String part = text.string().substring(from, text.unit(bounds[1]));
            if (name.equals("count")) {
                count = needle.isEmpty() ? bounds[1] - bounds[0] + 1 : occurrences(part, needle);
            } else {
                int found =
                        name.startsWith("r") ? Search.last(part, needle, part.length()) : Search.first(part, needle, 0);
                result = found < 0 ? -1 : text.point(from + found);
            }
        }
        if (name.equals("count")) {
            return Int.of(count);
        }
        if (result < 0 && name.endsWith("index")) {
            throw Fault.value("substring not found");
        }
        return Int.of(result);
    }

    private static int occurrences(String string, String needle) {
        int count = 0;
        for (int at = Search.first(string, needle, 0);
                at >= 0;
                at = Search.first(string, needle, at + needle.length())) {
            count++;
        }
        return count;
    }

    static Text replace(Text text, Text old, Text with, int count, Budget budget) {
        String string = text.string();
        Text.Builder out = new Text.Builder(budget);
        int start = 0;
        int done = 0;
        if (old.string().isEmpty()) {
            for (int at = 0; done < count; done++) {
                budget.step();
                out.append(with);
                if (at == string.length()) {
                    return out.text();
                }
                int next = at + Character.charCount(string.codePointAt(at));
                out.append(text, at, next);
                at = next;
                start = at;
            }
        } else {
            for (int found = Search.first(string, old.string(), 0); found >= 0 && done < count; done++) {
                budget.step();
                out.append(text, start, found);
                out.append(with);
                start = found + old.string().length();
                found = Search.first(string, old.string(), start);
            }
            if (done == 0) {
                return text;
            }
        }
        out.append(text, start, string.length());
        return out.text();
    }

    private static Text join(Text separator, Iterator<Value> items, boolean escape, Budget budget) {
        Text.Builder out = new Text.Builder(budget);
        int index = 0;
        for (; items.hasNext(); index++) {
            budget.step();
            Value item = items.next();
            if (index > 0) {
                out.append(separator);
            }
            if (!(item instanceof Text text)) {
                if (escape) {
                    out.append(Html.escape(Printer.str(item, budget), budget));
                    continue;
                }
                throw Fault.type(
                        "sequence item " + index + ": expected str instance, " + Operators.typeName(item) + " found");
            }
            out.append(escape ? Html.escape(text, budget) : text);
        }
        return out.text().markup(escape);
    }

    static Text justify(Text text, String name, int width, int fill, Budget budget) {
        int missing = Math.max(0, width - text.length());
        budget.characters(missing);
        int left = switch (name) {
            case "ljust" -> 0;
            case "rjust" -> missing;
            // CPython gives the odd blank to the left when the width is odd.
            default -> missing / 2 + (missing & width & 1);
        };
        Text.Builder out = new Text.Builder(budget);
        out.pad(fill, left);
        out.append(text);
        out.pad(fill, missing - left);
        return out.text().markup(text.markup);
    }

    private static Text expandTabs(Text text, int size, Budget budget) {
        Text.Builder out = new Text.Builder(budget);
        int column = 0;
        String string = text.string();
        for (int i = 0; i < string.length(); ) {
            int next = i + Character.charCount(string.codePointAt(i));
            if (string.charAt(i) == '\t') {
                int blanks = size > 0 ? size - column % size : 0;
                budget.characters(blanks);
                out.pad(' ', blanks);
                column += blanks;
            } else {
                out.append(text, i, next);
                column = string.charAt(i) == '\n' || string.charAt(i) == '\r' ? 0 : column + 1;
            }
            i = next;
        }
        return out.text();
    }
}
