package io.jandaia.model.chat.jinja;

import io.jandaia.model.chat.jinja.Value.Dict;
import io.jandaia.model.chat.jinja.Value.Function;
import io.jandaia.model.chat.jinja.Value.Namespace;
import io.jandaia.model.chat.jinja.Value.None;
import io.jandaia.model.chat.jinja.Value.Range;
import java.math.BigInteger;
import java.time.Clock;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The functions that every template can call. */
final class Globals {

    private static final int MAX_RANGE = 100_000;

    private Globals() {}

    static Scope scope(Budget budget, Clock clock) {
        Scope scope = new Scope(null);
        define(scope, "range", arguments -> range(arguments, budget));
        define(scope, "dict", arguments -> new Dict(entries("dict", arguments, budget)));
        define(scope, "namespace", arguments -> {
            Namespace namespace = new Namespace();
            namespace.attributes.putAll(entries("namespace", arguments, budget));
            return namespace;
        });
        define(scope, "cycler", arguments -> {
            if (!arguments.named().isEmpty()) {
                throw Fault.type("cycler() takes no keyword arguments");
            }
            if (arguments.positional().isEmpty()) {
                throw Fault.type("at least one item has to be provided");
            }
            return new Cycler(arguments.positional());
        });
        define(
                scope,
                "joiner",
                arguments -> new Joiner(arguments.bind("joiner", "sep").or("sep", Text.of(", "))));
        define(scope, "lipsum", arguments -> {
            throw Fault.unsupported("lipsum, since it is random");
        });
        define(scope, "raise_exception", arguments -> {
            Value message = arguments.bind("raise_exception", "*message").must("message");
            throw new Fault(Fault.Type.RAISED, Printer.str(message, budget).string());
        });
        define(scope, "strftime_now", arguments -> {
            Value format = arguments.bind("strftime_now", "*format").must("format");
            String pattern = Strings.text(format, "strftime() argument 1").string();
            budget.spend(pattern.length());
            return Text.of(Strftime.format(pattern, LocalDateTime.now(clock)));
        });
        return scope;
    }

    private static void define(Scope scope, String name, Function.Body body) {
        scope.set(name, new Function(name, body));
    }

    private static Value range(Arguments arguments, Budget budget) {
        arguments.plain("range", 1, 3);
        BigInteger[] numbers = new BigInteger[3];
        for (int i = 0; i < arguments.size(); i++) {
            BigInteger number = Operators.integer(arguments.at(i));
            if (number == null) {
                Operators.index(arguments.at(i));
                throw new AssertionError("an index that is no integer");
            }
            numbers[i] = number;
        }
        BigInteger start = arguments.size() == 1 ? BigInteger.ZERO : numbers[0];
        BigInteger stop = arguments.size() == 1 ? numbers[0] : numbers[1];
        BigInteger step = arguments.size() < 3 ? BigInteger.ONE : numbers[2];
        if (step.signum() == 0) {
            throw Fault.value("range() arg 3 must not be zero");
        }
        BigInteger span = step.signum() > 0 ? stop.subtract(start) : start.subtract(stop);
        BigInteger length = span.signum() <= 0
                ? BigInteger.ZERO
                : span.subtract(BigInteger.ONE).divide(step.abs()).add(BigInteger.ONE);
        if (length.compareTo(BigInteger.valueOf(MAX_RANGE)) > 0 || start.bitLength() > 62 || step.bitLength() > 40) {
            throw new Fault(
                    Fault.Type.ARITHMETIC,
                    "Range too big. The sandbox blocks ranges larger than MAX_RANGE (" + MAX_RANGE + ").");
        }
        budget.spend(length.intValue() / 4);
        return new Range(start.longValue(), stop.longValue(), step.longValue(), length.intValue());
    }

    private static Map<Value, Value> entries(String name, Arguments arguments, Budget budget) {
        if (arguments.positional().size() > 1) {
            throw Fault.type(name + " expected at most 1 argument, got "
                    + arguments.positional().size());
        }
        Map<Value, Value> entries = new LinkedHashMap<>();
        if (!arguments.positional().isEmpty()) {
            Value source = arguments.at(0);
            if (source instanceof Value.Undefined undefined) {
                throw undefined.fault();
            }
            if (source instanceof Dict dict) {
                entries.putAll(dict.entries());
            } else {
                for (Value pair : Operators.list(source)) {
                    budget.step();
                    List<Value> both = Operators.list(pair);
                    if (both.size() != 2) {
                        throw Fault.value("dictionary update sequence element #" + entries.size() + " has length "
                                + both.size() + "; 2 is required");
                    }
                    entries.put(Operators.key(both.get(0), budget), both.get(1));
                }
            }
        }
        arguments.named().forEach((key, value) -> entries.put(Text.of(key), value));
        return entries;
    }

    /** {@code cycler("odd", "even")}. */
    static final class Cycler implements Value.Instance {
        private final List<Value> items;
        private int at;

        Cycler(List<Value> items) {
            this.items = items;
        }

        @Override
        public @Nullable Value attribute(String name) {
            return switch (name) {
                case "current" -> items.get(at);
                case "items" -> new Value.Tuple(items);
                case "pos" -> Value.Int.of(at);
                case "next" ->
                    new Function(name, arguments -> {
                        arguments.plain(name, 0, 0);
                        Value item = items.get(at);
                        at = (at + 1) % items.size();
                        return item;
                    });
                case "reset" ->
                    new Function(name, arguments -> {
                        arguments.plain(name, 0, 0);
                        at = 0;
                        return None.NONE;
                    });
                default -> null;
            };
        }

        @Override
        public String typeName() {
            return "Cycler";
        }

        @Override
        public String repr() {
            return "<jinja2.utils.Cycler object>";
        }
    }

    /** {@code joiner(", ")}: empty on the first call, the separator afterwards. */
    static final class Joiner implements Value.Instance {
        private final Value separator;
        private boolean used;

        Joiner(Value separator) {
            this.separator = separator;
        }

        @Override
        public @Nullable Value attribute(String name) {
            return switch (name) {
                case "sep" -> separator;
                case "used" -> Value.Bool.of(used);
                default -> null;
            };
        }

        @Override
        public Value call(Arguments arguments) {
            arguments.plain("joiner", 0, 0);
            Value result = used ? separator : Text.EMPTY;
            used = true;
            return result;
        }

        @Override
        public String typeName() {
            return "Joiner";
        }

        @Override
        public String repr() {
            return "<jinja2.utils.Joiner object>";
        }
    }
}
