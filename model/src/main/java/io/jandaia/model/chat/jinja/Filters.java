package io.jandaia.model.chat.jinja;

import io.jandaia.model.chat.jinja.Value.Dict;
import io.jandaia.model.chat.jinja.Value.Generator;
import io.jandaia.model.chat.jinja.Value.Int;
import io.jandaia.model.chat.jinja.Value.ListOf;
import io.jandaia.model.chat.jinja.Value.None;
import io.jandaia.model.chat.jinja.Value.Tuple;
import io.jandaia.model.chat.jinja.Value.Undefined;
import io.jandaia.model.chat.jinja.Value.View;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Jinja's filters, with the reference's tojson, and from_json, which llama.cpp's templates use. */
final class Filters {

    static final Set<String> NAMES = Set.of(
            "abs",
            "attr",
            "batch",
            "capitalize",
            "center",
            "count",
            "d",
            "default",
            "dictsort",
            "e",
            "escape",
            "filesizeformat",
            "first",
            "float",
            "forceescape",
            "format",
            "from_json",
            "groupby",
            "indent",
            "int",
            "items",
            "join",
            "last",
            "length",
            "list",
            "lower",
            "map",
            "max",
            "min",
            "pprint",
            "random",
            "reject",
            "rejectattr",
            "replace",
            "reverse",
            "round",
            "safe",
            "select",
            "selectattr",
            "slice",
            "sort",
            "string",
            "striptags",
            "sum",
            "title",
            "tojson",
            "trim",
            "truncate",
            "unique",
            "upper",
            "urlencode",
            "urlize",
            "wordcount",
            "wordwrap",
            "xmlattr");

    /** Filters that read a string character by character. */
    private static final Set<String> READERS = Set.of(
            "capitalize",
            "float",
            "int",
            "lower",
            "replace",
            "title",
            "trim",
            "truncate",
            "upper",
            "urlencode",
            "wordcount");

    private final Interpreter interpreter;
    private final Budget budget;
    private final NumberFilters numbers;
    private final TextFilters texts;

    Filters(Interpreter interpreter) {
        this.interpreter = interpreter;
        this.budget = interpreter.budget;
        this.numbers = new NumberFilters(budget);
        this.texts = new TextFilters(budget);
    }

    /** Applies a filter; the first argument is the value filtered. */
    Value apply(String name, Arguments arguments) {
        Value value = arguments.positional().isEmpty() ? None.NONE : arguments.at(0);
        if (value instanceof Text text && READERS.contains(name)) {
            budget.spend(text.string().length() >> 4);
        }
        return switch (name) {
            case "abs" -> NumberFilters.abs(arguments.plain(name, 1, 1).at(0));
            case "attr" -> attr(arguments.bind(name, "*obj", "*name"));
            case "batch" -> batch(arguments.bind(name, "*value", "*linecount", "fill_with"));
            case "capitalize" -> Strings.capitalize(soft(only(name, arguments)));
            case "center" -> {
                Arguments.Bound bound = arguments.bind(name, "*value", "width");
                yield Strings.justify(soft(bound.must("value")), name, bound.number("width", 80), ' ', budget);
            }
            case "count", "length" ->
                Int.of(Operators.size(arguments.plain(name, 1, 1).at(0)));
            case "d", "default" -> {
                Arguments.Bound bound = arguments.bind(name, "*value", "default_value", "boolean");
                boolean absent =
                        value instanceof Undefined || (bound.flag("boolean", false) && !Operators.truth(value));
                yield absent ? bound.or("default_value", Text.EMPTY) : value;
            }
            case "dictsort" -> dictsort(arguments.bind(name, "*value", "case_sensitive", "by", "reverse"));
            case "e", "escape" -> Html.escape(soft(only(name, arguments)), budget);
            case "forceescape" -> Html.escape(soft(only(name, arguments)).markup(false), budget);
            case "filesizeformat" -> numbers.fileSize(arguments.bind(name, "*value", "binary"));
            case "first" -> {
                Iterator<Value> items = Operators.iterator(only(name, arguments));
                yield items.hasNext() ? items.next() : new Undefined("No first item, sequence was empty.", false);
            }
            case "last" -> {
                Iterator<Value> items = reversed(only(name, arguments)).iterator();
                yield items.hasNext() ? items.next() : new Undefined("No last item, sequence was empty.", false);
            }
            case "float" -> numbers.toFloat(arguments.bind(name, "*value", "default"));
            case "int" -> numbers.toInt(arguments.bind(name, "*value", "default", "base"));
            case "format" -> texts.format(arguments);
            case "from_json" -> {
                if (!(only(name, arguments) instanceof Text text)) {
                    throw Fault.type("from_json takes a string, found " + Operators.typeName(value));
                }
                yield Json.parse(text, budget);
            }
            case "groupby" -> groupBy(arguments.bind(name, "*value", "*attribute", "default", "case_sensitive"));
            case "indent" -> texts.indent(arguments.bind(name, "*s", "width", "first", "blank"));
            case "items" -> {
                Value mapping = only(name, arguments);
                yield lazy("do_items", () -> {
                    if (mapping instanceof Undefined) {
                        return Collections.emptyIterator();
                    }
                    if (!(mapping instanceof Dict dict)) {
                        throw Fault.type("Can only get item pairs from a mapping.");
                    }
                    return new View("items", dict).items().iterator();
                });
            }
            case "join" -> join(arguments.bind(name, "*value", "d", "attribute"));
            case "list" -> new ListOf(copy(Operators.iterator(only(name, arguments))));
            case "lower" -> Strings.lower(soft(only(name, arguments)), budget);
            case "upper" -> Strings.upper(soft(only(name, arguments)), budget);
            case "title" -> {
                Text text = soft(only(name, arguments));
                budget.spend(text.string().length() >> 2);
                yield text.map(TextFilters::title);
            }
            case "map" -> map(arguments);
            case "min", "max" -> extreme(name, arguments.bind(name, "*value", "case_sensitive", "attribute"));
            case "select", "reject", "selectattr", "rejectattr" -> select(name, arguments);
            case "replace" -> {
                Arguments.Bound bound = arguments.bind(name, "*s", "*old", "*new", "count");
                Value count = bound.or("count", None.NONE);
                int most = count instanceof None ? -1 : Operators.index(count);
                yield Strings.replace(
                        Printer.str(bound.must("s"), budget),
                        Printer.str(bound.must("old"), budget),
                        Printer.str(bound.must("new"), budget),
                        most < 0 ? Integer.MAX_VALUE : most,
                        budget);
            }
            case "reverse" -> reverse(only(name, arguments));
            case "round" -> numbers.round(arguments.bind(name, "*value", "precision", "method"));
            case "safe" -> Printer.str(only(name, arguments), budget).markup(true);
            case "slice" -> slice(arguments.bind(name, "*value", "*slices", "fill_with"));
            case "sort" -> sort(arguments.bind(name, "*value", "reverse", "case_sensitive", "attribute"));
            case "string" -> soft(only(name, arguments));
            case "sum" -> sum(arguments.bind(name, "*iterable", "attribute", "start"));
            case "tojson" -> Json.dump(arguments, budget);
            case "trim" -> {
                Arguments.Bound bound = arguments.bind(name, "*value", "chars");
                Value characters = bound.or("chars", None.NONE);
                if (!(characters instanceof None || characters instanceof Text)) {
                    throw Fault.type("strip arg must be None or str");
                }
                yield Strings.strip(soft(bound.must("value")), characters, true, true);
            }
            case "truncate" -> texts.truncate(arguments.bind(name, "*s", "length", "killwords", "end", "leeway"));
            case "unique" -> unique(arguments.bind(name, "*value", "case_sensitive", "attribute"));
            case "urlencode" -> texts.urlEncode(only(name, arguments));
            case "wordcount" ->
                TextFilters.wordCount(soft(only(name, arguments)).string());
            case "xmlattr" -> texts.xmlAttributes(arguments.bind(name, "*d", "autospace"));
            case "pprint", "random", "striptags", "urlize", "wordwrap" ->
                throw Fault.unsupported("the filter '" + name + "'");
            default -> throw new Fault(Fault.Type.SYNTAX, "No filter named '" + name + "' found.");
        };
    }

    private static Value only(String name, Arguments arguments) {
        if (arguments.size() != 1 || arguments.positional().isEmpty()) {
            throw Fault.type(name + "() takes no arguments, found " + (arguments.size() - 1));
        }
        return arguments.at(0);
    }

    private Text soft(Value value) {
        return Printer.soft(value, budget);
    }

    private List<Value> copy(Iterator<Value> items) {
        List<Value> list = new ArrayList<>();
        while (items.hasNext()) {
            budget.step();
            list.add(items.next());
        }
        return list;
    }

    /** A generator that starts working when it is first asked. */
    private static Generator lazy(String name, Supplier<Iterator<Value>> start) {
        return new Generator(name, new Iterator<>() {
            private @Nullable Iterator<Value> items;

            private Iterator<Value> items() {
                if (items == null) {
                    items = start.get();
                }
                return items;
            }

            @Override
            public boolean hasNext() {
                return items().hasNext();
            }

            @Override
            public Value next() {
                return items().next();
            }
        });
    }

    private static <T> Iterator<Value> mapped(Iterator<T> items, Function<T, Value> change) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return items.hasNext();
            }

            @Override
            public Value next() {
                return change.apply(items.next());
            }
        };
    }

    static Iterator<Value> filtered(Iterator<Value> items, Predicate<Value> keep) {
        return new Iterator<>() {
            private @Nullable Value next;

            @Override
            public boolean hasNext() {
                while (next == null && items.hasNext()) {
                    Value candidate = items.next();
                    if (keep.test(candidate)) {
                        next = candidate;
                    }
                }
                return next != null;
            }

            @Override
            public Value next() {
                if (!hasNext() || next == null) {
                    throw new NoSuchElementException();
                }
                Value item = next;
                next = null;
                return item;
            }
        };
    }

    // Attributes of items

    private static Value ignoreCase(Value value) {
        return value instanceof Text text ? text.map(Characters::lower) : value;
    }

    /** The value at a path such as {@code a.b.0}; None means the item itself. */
    private UnaryOperator<Value> getter(Value attribute, boolean ignoreCase, @Nullable Value otherwise) {
        List<Value> parts = new ArrayList<>();
        if (attribute instanceof Text path) {
            for (String part : path.string().split("\\.", -1)) {
                boolean number = !part.isEmpty() && part.codePoints().allMatch(Characters::isDecimal);
                BigInteger index = number ? Numbers.integer(part, 10) : null;
                parts.add(index != null ? new Int(index) : Text.of(part));
            }
        } else if (!(attribute instanceof None)) {
            parts.add(attribute);
        }
        return item -> {
            budget.step();
            Value value = item;
            for (Value part : parts) {
                value = interpreter.attributes.item(value, part);
                if (otherwise != null && !(otherwise instanceof None) && value instanceof Undefined) {
                    value = otherwise;
                }
            }
            return ignoreCase ? ignoreCase(value) : value;
        };
    }

    private Value map(Arguments arguments) {
        Value value = arguments.at(0);
        return lazy("sync_do_map", () -> {
            if (!Operators.truth(value)) {
                return Collections.emptyIterator();
            }
            Arguments rest = arguments.tail(1);
            UnaryOperator<Value> change;
            if (rest.positional().isEmpty() && rest.named().containsKey("attribute")) {
                Arguments.Bound bound = rest.bind("map", "attribute", "default");
                change = getter(bound.must("attribute"), false, bound.get("default"));
            } else if (rest.positional().isEmpty()) {
                throw Fault.type("map requires a filter argument");
            } else {
                String filter = Printer.str(rest.at(0), budget).string();
                Arguments further = rest.tail(1);
                change = item -> {
                    budget.step();
                    return apply(filter, further.prepend(item));
                };
            }
            return mapped(Operators.iterator(value), change);
        });
    }

    private Value select(String name, Arguments arguments) {
        Value value = arguments.at(0);
        boolean keep = name.startsWith("select");
        boolean attribute = name.endsWith("attr");
        return lazy("sync_do_" + name, () -> {
            if (!Operators.truth(value)) {
                return Collections.emptyIterator();
            }
            Arguments rest = arguments.tail(1);
            if (attribute && rest.positional().isEmpty()) {
                throw Fault.type("Missing parameter for attribute name");
            }
            UnaryOperator<Value> get = attribute ? getter(rest.at(0), false, null) : item -> item;
            Arguments test = rest.tail(attribute ? 1 : 0);
            Predicate<Value> predicate;
            if (test.positional().isEmpty()) {
                predicate = item -> Operators.truth(get.apply(item));
            } else {
                String test0 = Printer.str(test.at(0), budget).string();
                Arguments further = test.tail(1);
                predicate = item -> Predicates.test(test0, further.prepend(get.apply(item)), budget);
            }
            return filtered(Operators.iterator(value), item -> {
                budget.step();
                return predicate.test(item) == keep;
            });
        });
    }

    private Value sort(Arguments.Bound bound) {
        List<Value> values = copy(Operators.iterator(bound.must("value")));
        boolean ignoreCase = !bound.flag("case_sensitive", false);
        List<UnaryOperator<Value>> getters = new ArrayList<>();
        Value attribute = bound.or("attribute", None.NONE);
        if (attribute instanceof Text names) {
            for (String name : names.string().split(",", -1)) {
                getters.add(getter(Text.of(name), ignoreCase, null));
            }
        } else {
            getters.add(getter(attribute, ignoreCase, null));
        }
        List<Value> keys = new ArrayList<>(values.size());
        for (Value value : values) {
            List<Value> key = new ArrayList<>(getters.size());
            getters.forEach(getter -> key.add(getter.apply(value)));
            keys.add(new ListOf(key));
        }
        return new ListOf(Operators.sorted(values, keys, bound.flag("reverse", false), budget));
    }

    private Value dictsort(Arguments.Bound bound) {
        String by = Printer.str(bound.or("by", Text.of("key")), budget).string();
        if (!by.equals("key") && !by.equals("value")) {
            throw Fault.type("You can only sort by either \"key\" or \"value\"");
        }
        if (!(bound.must("value") instanceof Dict dict)) {
            throw bound.must("value") instanceof Undefined undefined
                    ? undefined.fault()
                    : Fault.type("'" + Operators.typeName(bound.must("value")) + "' object has no attribute 'items'");
        }
        boolean ignoreCase = !bound.flag("case_sensitive", false);
        List<Value> pairs = new View("items", dict).items();
        List<Value> keys = new ArrayList<>(pairs.size());
        for (Value pair : pairs) {
            Value key = ((Tuple) pair).items().get(by.equals("key") ? 0 : 1);
            keys.add(ignoreCase ? ignoreCase(key) : key);
        }
        return new ListOf(Operators.sorted(pairs, keys, bound.flag("reverse", false), budget));
    }

    private Value groupBy(Arguments.Bound bound) {
        boolean ignoreCase = !bound.flag("case_sensitive", false);
        Value attribute = bound.must("attribute");
        UnaryOperator<Value> getter = getter(attribute, ignoreCase, bound.get("default"));
        UnaryOperator<Value> plain = getter(attribute, false, bound.get("default"));
        List<Value> values = copy(Operators.iterator(bound.must("value")));
        List<Value> keys = new ArrayList<>(values.size());
        values.forEach(value -> keys.add(getter.apply(value)));
        List<Value> groups = new ArrayList<>();
        List<Value> group = new ArrayList<>();
        Value last = null;
        for (Value value : Operators.sorted(values, keys, false, budget)) {
            Value key = getter.apply(value);
            if (last == null || !Operators.identicalOrEqual(last, key, budget)) {
                group = new ArrayList<>();
                groups.add(new Tuple(List.of(plain.apply(value), new ListOf(group)), true));
            }
            last = key;
            group.add(value);
        }
        return new ListOf(groups);
    }

    private Value unique(Arguments.Bound bound) {
        Value value = bound.must("value");
        UnaryOperator<Value> getter =
                getter(bound.or("attribute", None.NONE), !bound.flag("case_sensitive", false), null);
        return lazy("sync_do_unique", () -> {
            Set<Value> seen = new HashSet<>();
            return filtered(Operators.iterator(value), item -> seen.add(Operators.key(getter.apply(item), budget)));
        });
    }

    private Value extreme(String name, Arguments.Bound bound) {
        UnaryOperator<Value> getter =
                getter(bound.or("attribute", None.NONE), !bound.flag("case_sensitive", false), null);
        Iterator<Value> items = Operators.iterator(bound.must("value"));
        if (!items.hasNext()) {
            return new Undefined("No aggregated item, sequence was empty.", false);
        }
        Value best = items.next();
        Value bestKey = getter.apply(best);
        while (items.hasNext()) {
            Value item = items.next();
            Value key = getter.apply(item);
            if (Operators.ordered(name.equals("min") ? "<" : ">", key, bestKey, budget)) {
                best = item;
                bestKey = key;
            }
        }
        return best;
    }

    private Value sum(Arguments.Bound bound) {
        Value attribute = bound.or("attribute", None.NONE);
        UnaryOperator<Value> getter = getter(attribute, false, null);
        Value total = bound.or("start", Int.of(0));
        if (total instanceof Text) {
            throw Fault.type("sum() can't sum strings [use ''.join(seq) instead]");
        }
        Iterator<Value> items = Operators.iterator(bound.must("iterable"));
        while (items.hasNext()) {
            total = Operators.binary("+", total, getter.apply(items.next()), budget);
        }
        return total;
    }

    private Value join(Arguments.Bound bound) {
        Value attribute = bound.or("attribute", None.NONE);
        UnaryOperator<Value> getter = getter(attribute, false, null);
        Text separator = Printer.str(bound.or("d", Text.EMPTY), budget);
        Text.Builder out = new Text.Builder(budget);
        Iterator<Value> items = Operators.iterator(bound.must("value"));
        for (boolean first = true; items.hasNext(); first = false) {
            if (!first) {
                out.append(separator);
            }
            out.append(Printer.str(getter.apply(items.next()), budget));
        }
        return out.text();
    }

    private Value attr(Arguments.Bound bound) {
        Value object = bound.must("obj");
        if (object instanceof Undefined undefined) {
            throw undefined.fault();
        }
        Text name = Strings.text(bound.must("name"), "attribute name");
        Value found = interpreter.attributes.own(object, name.string());
        return found != null
                ? found
                : new Undefined(
                        "'" + Operators.typeName(object) + " object' has no attribute '" + name.string() + "'", false);
    }

    // Sequences

    private List<Value> reversed(Value value) {
        if (value instanceof Generator || value instanceof Loop || Operators.iteratorOrNull(value) == null) {
            throw Fault.type("'" + Operators.typeName(value) + "' object is not reversible");
        }
        List<Value> list = new ArrayList<>(Operators.list(value));
        budget.spend(list.size() >> 2);
        Collections.reverse(list);
        return list;
    }

    private Value reverse(Value value) {
        if (value instanceof Text text) {
            return Operators.slice(text, None.NONE, None.NONE, Int.of(-1), budget);
        }
        if (value instanceof Generator || value instanceof Loop) {
            List<Value> list = copy(Operators.iterator(value));
            Collections.reverse(list);
            return new ListOf(list);
        }
        if (Operators.iteratorOrNull(value) == null) {
            throw Fault.type("argument must be iterable");
        }
        return new Generator(
                Operators.typeName(value) + "_reverseiterator", reversed(value).iterator());
    }

    private Value batch(Arguments.Bound bound) {
        Value value = bound.must("value");
        Value count = bound.must("linecount");
        Value fill = bound.or("fill_with", None.NONE);
        return lazy("do_batch", () -> {
            Iterator<Value> items = Operators.iterator(value);
            List<Value> batches = new ArrayList<>();
            List<Value> row = new ArrayList<>();
            while (items.hasNext()) {
                budget.step();
                Value item = items.next();
                if (Operators.equal(Int.of(row.size()), count, budget)) {
                    batches.add(new ListOf(row));
                    row = new ArrayList<>();
                }
                row.add(item);
            }
            if (!row.isEmpty()) {
                if (!(fill instanceof None) && Operators.ordered("<", Int.of(row.size()), count, budget)) {
                    int missing = Operators.index(count) - row.size();
                    budget.spend(missing);
                    row.addAll(Collections.nCopies(missing, fill));
                }
                batches.add(new ListOf(row));
            }
            return batches.iterator();
        });
    }

    private Value slice(Arguments.Bound bound) {
        Value value = bound.must("value");
        Value fill = bound.or("fill_with", None.NONE);
        return lazy("sync_do_slice", () -> {
            List<Value> items = copy(Operators.iterator(value));
            int slices = Operators.index(bound.must("slices"));
            if (slices == 0) {
                throw new Fault(Fault.Type.ARITHMETIC, "integer division or modulo by zero");
            }
            budget.spend(Math.max(0, slices));
            List<Value> columns = new ArrayList<>();
            int size = Math.floorDiv(items.size(), slices);
            int extra = Math.floorMod(items.size(), slices);
            int offset = 0;
            for (int i = 0; i < slices; i++) {
                int start = offset + i * size;
                if (i < extra) {
                    offset++;
                }
                List<Value> column = new ArrayList<>(items.subList(start, offset + (i + 1) * size));
                if (!(fill instanceof None) && i >= extra) {
                    column.add(fill);
                }
                columns.add(new ListOf(column));
            }
            return columns.iterator();
        });
    }

    // Numbers

}
