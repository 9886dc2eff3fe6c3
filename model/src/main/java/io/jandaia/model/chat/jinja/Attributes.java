package io.jandaia.model.chat.jinja;

import io.jandaia.model.chat.jinja.Value.Bool;
import io.jandaia.model.chat.jinja.Value.Dict;
import io.jandaia.model.chat.jinja.Value.Function;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code object.name} and {@code object[key]} of the reference's immutable sandbox, and the methods behind them. */
final class Attributes {

    private static final Set<String> LIST_WRITERS =
            Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");
    private static final Set<String> DICT_WRITERS = Set.of("clear", "pop", "popitem", "setdefault", "update");

    private final Interpreter interpreter;

    Attributes(Interpreter interpreter) {
        this.interpreter = interpreter;
    }

    /** {@code object.name}: Python's attribute first, then the item of that name. */
    Value attribute(Value object, String name) {
        if (object instanceof Undefined undefined) {
            throw undefined.fault();
        }
        Value found = own(object, name);
        if (found != null) {
            return found;
        }
        if (object instanceof Dict dict) {
            Value value = dict.get(name);
            if (value != null) {
                return value;
            }
        }
        return missing(object, Text.of(name));
    }

    /** {@code object[key]}: the item, then the attribute of that name. */
    Value item(Value object, Value key) {
        switch (object) {
            case Undefined undefined -> throw undefined.fault();
            case Dict dict -> {
                if (!(key instanceof ListOf || key instanceof Dict)) {
                    Value value = dict.entries().get(Operators.key(key, interpreter.budget));
                    if (value != null) {
                        return value;
                    }
                }
            }
            case Text text -> {
                int index = position(key, text.length());
                if (index >= 0) {
                    int unit = text.unit(index);
                    return text.units(
                            unit, unit + Character.charCount(text.string().codePointAt(unit)));
                }
            }
            case ListOf list -> {
                int index = position(key, list.items().size());
                if (index >= 0) {
                    return list.items().get(index);
                }
            }
            case Tuple tuple -> {
                int index = position(key, tuple.items().size());
                if (index >= 0) {
                    return tuple.items().get(index);
                }
            }
            case Range range -> {
                int index = position(key, range.length());
                if (index >= 0) {
                    return Int.of(range.at(index));
                }
            }
            default -> {}
        }
        if (key instanceof Text name) {
            Value found = own(object, name.string());
            if (found != null) {
                return found;
            }
        }
        return missing(object, key);
    }

    private static int position(Value key, int size) {
        BigInteger integer = Operators.integer(key);
        if (integer == null) {
            return -1;
        }
        long index = Operators.clamp(integer);
        index = index < 0 ? index + size : index;
        return index >= 0 && index < size ? (int) index : -1;
    }

    private Undefined missing(Value object, Value key) {
        String owner = object instanceof None ? "'None'" : "'" + Operators.typeName(object) + " object'";
        if (key instanceof Text name) {
            return new Undefined(owner + " has no attribute " + Printer.repr(name, interpreter.budget), false);
        }
        return new Undefined(owner + " has no element " + Printer.repr(key, interpreter.budget), false);
    }

    private static Undefined unsafe(Value object, String name) {
        return new Undefined(
                "access to attribute '" + name + "' of '" + Operators.typeName(object) + "' object is unsafe.", true);
    }

    /** The attribute of the object itself, null if there is none. */
    @Nullable
    Value own(Value object, String name) {
        return switch (object) {
            case Text text ->
                Strings.NAMES.contains(name)
                        ? new Function(name, arguments -> Strings.call(text, name, arguments, interpreter))
                        : null;
            case Dict dict -> dict(dict, name);
            case ListOf list -> LIST_WRITERS.contains(name) ? unsafe(object, name) : sequence(object, name);
            case Tuple tuple
            when tuple.group() && name.equals("grouper") -> tuple.items().get(0);
            case Tuple tuple
            when tuple.group() && name.equals("list") -> tuple.items().get(1);
            case Tuple tuple -> sequence(tuple, name);
            case Range range ->
                switch (name) {
                    case "start" -> Int.of(range.start());
                    case "stop" -> Int.of(range.stop());
                    case "step" -> Int.of(range.step());
                    default -> sequence(range, name);
                };
            case Bool bool -> integer(Operators.integer(bool), name);
            case Int number -> integer(number.number(), name);
            case Real number -> real(number, name);
            case Namespace namespace -> namespace.attributes.get(Text.of(name));
            case Instance instance -> instance.attribute(name);
            case View view ->
                switch (name) {
                    case "mapping" -> view.dict();
                    case "isdisjoint" -> throw Fault.unsupported("the method isdisjoint");
                    default -> null;
                };
            default -> null;
        };
    }

    private @Nullable Value dict(Dict dict, String name) {
        if (DICT_WRITERS.contains(name)) {
            return unsafe(dict, name);
        }
        return switch (name) {
            case "keys", "values", "items" ->
                new Function(name, arguments -> {
                    arguments.plain(name, 0, 0);
                    return new View(name, dict);
                });
            case "get" ->
                new Function(name, arguments -> {
                    arguments.plain(name, 1, 2);
                    Value value = dict.entries().get(Operators.key(arguments.at(0), interpreter.budget));
                    return value != null ? value : arguments.size() > 1 ? arguments.at(1) : None.NONE;
                });
            case "copy" ->
                new Function(name, arguments -> {
                    arguments.plain(name, 0, 0);
                    return new Dict(dict.entries());
                });
            case "fromkeys" ->
                new Function(name, arguments -> {
                    arguments.plain(name, 1, 2);
                    Map<Value, Value> entries = new LinkedHashMap<>();
                    for (Value key : Operators.list(arguments.at(0))) {
                        interpreter.budget.step();
                        entries.put(
                                Operators.key(key, interpreter.budget),
                                arguments.size() > 1 ? arguments.at(1) : None.NONE);
                    }
                    return new Dict(entries);
                });
            default -> null;
        };
    }

    private @Nullable Value sequence(Value sequence, String name) {
        return switch (name) {
            case "count" ->
                new Function(name, arguments -> {
                    Value wanted = arguments.plain(name, 1, 1).at(0);
                    long count = 0;
                    for (Value item : Operators.list(sequence)) {
                        interpreter.budget.step();
                        count += Operators.identicalOrEqual(item, wanted, interpreter.budget) ? 1 : 0;
                    }
                    return Int.of(count);
                });
            case "index" ->
                new Function(name, arguments -> {
                    arguments.plain(name, 1, 3);
                    List<Value> items = Operators.list(sequence);
                    int from = arguments.size() > 1 ? Operators.index(arguments.at(1)) : 0;
                    int to = arguments.size() > 2 ? Operators.index(arguments.at(2)) : items.size();
                    from = Math.max(0, from < 0 ? from + items.size() : from);
                    to = Math.min(items.size(), to < 0 ? to + items.size() : to);
                    for (int i = from; i < to; i++) {
                        interpreter.budget.step();
                        if (Operators.identicalOrEqual(items.get(i), arguments.at(0), interpreter.budget)) {
                            return Int.of(i);
                        }
                    }
                    throw Fault.value(Printer.repr(arguments.at(0), interpreter.budget)
                                    .string() + " is not in " + Operators.typeName(sequence));
                });
            case "copy" ->
                sequence instanceof ListOf list
                        ? new Function(name, arguments -> {
                            arguments.plain(name, 0, 0);
                            return new ListOf(list.items());
                        })
                        : null;
            default -> null;
        };
    }

    private static @Nullable Value integer(@Nullable BigInteger number, String name) {
        if (number == null) {
            return null;
        }
        return switch (name) {
            case "real", "numerator" -> new Int(number);
            case "imag" -> Int.of(0);
            case "denominator" -> Int.of(1);
            case "conjugate" -> method(name, new Int(number));
            case "bit_length" -> method(name, Int.of(number.abs().bitLength()));
            case "bit_count" -> method(name, Int.of(number.abs().bitCount()));
            case "as_integer_ratio" -> method(name, Tuple.of(new Int(number), Int.of(1)));
            case "to_bytes", "from_bytes" -> throw Fault.unsupported("the integer method '" + name + "'");
            default -> null;
        };
    }

    private static @Nullable Value real(Real number, String name) {
        return switch (name) {
            case "real" -> number;
            case "imag" -> new Real(0);
            case "conjugate" -> method(name, number);
            case "is_integer" ->
                method(
                        name,
                        Bool.of(number.number() == Math.rint(number.number()) && !Double.isInfinite(number.number())));
            case "as_integer_ratio" ->
                new Function(name, arguments -> {
                    arguments.plain(name, 0, 0);
                    BigDecimal exact =
                            new BigDecimal(Numbers.truncate(number.number())).add(new BigDecimal(number.number() % 1));
                    BigInteger denominator = BigInteger.ONE;
                    while (exact.stripTrailingZeros().scale() > 0) {
                        exact = exact.multiply(BigDecimal.TWO);
                        denominator = denominator.shiftLeft(1);
                    }
                    return Tuple.of(new Int(exact.toBigIntegerExact()), new Int(denominator));
                });
            case "hex", "fromhex" -> throw Fault.unsupported("the float method '" + name + "'");
            default -> null;
        };
    }

    private static Function method(String name, Value value) {
        return new Function(name, arguments -> {
            arguments.plain(name, 0, 0);
            return value;
        });
    }
}
