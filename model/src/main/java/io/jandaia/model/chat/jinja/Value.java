package io.jandaia.model.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A value of Python as templates meet it. {@code equals} and {@code hashCode} are Python's {@code ==} and {@code hash}
 * (1 equals 1.0 and True), so that a Java map serves as a dict; whether a value may be a key at all is asked of
 * {@link Operators#key}.
 */
public sealed interface Value
        permits Value.None,
                Value.Bool,
                Value.Int,
                Value.Real,
                Text,
                Value.ListOf,
                Value.Tuple,
                Value.Dict,
                Value.View,
                Value.Range,
                Value.Generator,
                Value.Undefined,
                Value.Namespace,
                Value.Function,
                Value.Instance {

    /** Python's None. */
    enum None implements Value {
        NONE
    }

    record Bool(boolean on) implements Value {

        static final Bool TRUE = new Bool(true);
        static final Bool FALSE = new Bool(false);

        static Bool of(boolean on) {
            return on ? TRUE : FALSE;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Value value && Operators.equal(this, value);
        }

        @Override
        public int hashCode() {
            return on ? 1 : 0;
        }
    }

    record Int(BigInteger number) implements Value {

        static Int of(long number) {
            return new Int(BigInteger.valueOf(number));
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Value value && Operators.equal(this, value);
        }

        @Override
        public int hashCode() {
            return number.hashCode();
        }
    }

    record Real(double number) implements Value {

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Value value && (this == other || Operators.equal(this, value));
        }

        @Override
        public int hashCode() {
            return number == Math.rint(number) && !Double.isInfinite(number)
                    ? new BigDecimal(number).toBigInteger().hashCode()
                    : Double.hashCode(number);
        }
    }

    /** A list; nothing in a template can change it once made. */
    record ListOf(List<Value> items) implements Value {

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Value value && Operators.equal(this, value);
        }

        @Override
        public int hashCode() {
            return items.hashCode();
        }
    }

    /** A tuple; {@code group} is one of the filter groupby, whose items are also called grouper and list. */
    record Tuple(List<Value> items, boolean group) implements Value {

        Tuple(List<Value> items) {
            this(items, false);
        }

        static Tuple of(Value... items) {
            return new Tuple(List.of(items));
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Value value && Operators.equal(this, value);
        }

        @Override
        public int hashCode() {
            return items.hashCode() + 1;
        }
    }

    record Dict(Map<Value, Value> entries) implements Value {

        @Nullable
        Value get(String key) {
            return entries.get(Text.of(key));
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Value value && Operators.equal(this, value);
        }

        @Override
        public int hashCode() {
            return entries.hashCode();
        }
    }

    /** What {@code dict.keys()}, {@code values()} and {@code items()} return: sized and iterable, without index. */
    record View(String kind, Dict dict) implements Value {

        List<Value> items() {
            return switch (kind) {
                case "keys" -> new ArrayList<>(dict.entries.keySet());
                case "values" -> new ArrayList<>(dict.entries.values());
                default -> {
                    List<Value> pairs = new ArrayList<>(dict.entries.size());
                    dict.entries.forEach((key, value) -> pairs.add(Tuple.of(key, value)));
                    yield pairs;
                }
            };
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Value value && Operators.equal(this, value);
        }

        @Override
        public int hashCode() {
            return kind.hashCode();
        }
    }

    /** {@code range}: at most 100,000 numbers, as the reference's sandbox has it. */
    record Range(long start, long stop, long step, int length) implements Value {

        long at(int index) {
            return start + index * step;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Value value && Operators.equal(this, value);
        }

        @Override
        public int hashCode() {
            return length;
        }
    }

    /** What lazy filters return: iterable once, without length. */
    final class Generator implements Value {
        final String name;
        final Iterator<Value> items;

        Generator(String name, Iterator<Value> items) {
            this.name = name;
            this.items = items;
        }
    }

    /** Prints empty, iterates as empty, is false; everything else raises {@code message}. */
    final class Undefined implements Value {
        final String message;
        final boolean unsafe;

        Undefined(String message, boolean unsafe) {
            this.message = message;
            this.unsafe = unsafe;
        }

        static Undefined name(String name) {
            return new Undefined("'" + name + "' is undefined", false);
        }

        Fault fault() {
            return new Fault(unsafe ? Fault.Type.SECURITY : Fault.Type.UNDEFINED, message);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Undefined;
        }

        @Override
        public int hashCode() {
            return 17;
        }
    }

    /** {@code namespace()}: the one thing that a template can write into from an inner scope. */
    final class Namespace implements Value {
        final Map<Value, Value> attributes = new LinkedHashMap<>();
    }

    /** A function or a method bound to its object. */
    record Function(String name, Body body) implements Value {

        /** What a function does. */
        interface Body {
            Value call(Arguments arguments);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return name.hashCode();
        }
    }

    /** An object of the interpreter with a few named attributes: loops, macros, cyclers. */
    non-sealed interface Instance extends Value {

        /** The attribute's value, null if there is none of this name. */
        @Nullable
        Value attribute(String name);

        /** Calls it; the default is not callable. */
        default Value call(Arguments arguments) {
            throw Fault.type("'" + typeName() + "' object is not callable");
        }

        String typeName();

        /** Its text as Python's repr prints it. */
        String repr();
    }

    /**
     * The value of a Java object made of strings, numbers, booleans, null, lists, arrays and maps. All strings in it, keys
     * too, carry {@code origin}.
     */
    static Value of(@Nullable Object object, int origin) {
        return of(object, origin, 0);
    }

    private static Value of(@Nullable Object object, int origin, int depth) {
        if (depth > 200) {
            throw Fault.resource("an input nested more than 200 levels deep");
        }
        return switch (object) {
            case null -> None.NONE;
            case Value value -> value;
            case String string -> Text.of(string, origin);
            case Boolean on -> Bool.of(on);
            case BigInteger number -> new Int(number);
            case Long number -> Int.of(number);
            case Integer number -> Int.of(number);
            case Short number -> Int.of(number);
            case Byte number -> Int.of(number);
            case Number number -> new Real(number.doubleValue());
            case Map<?, ?> map -> {
                Map<Value, Value> entries = new LinkedHashMap<>();
                map.forEach((key, value) ->
                        entries.put(Text.of(String.valueOf(key), origin), of(value, origin, depth + 1)));
                yield new Dict(entries);
            }
            case Collection<?> list -> {
                List<Value> items = new ArrayList<>(list.size());
                for (Object item : list) {
                    items.add(of(item, origin, depth + 1));
                }
                yield new ListOf(items);
            }
            case Object[] array -> of(List.of(array), origin, depth);
            default ->
                throw Fault.type("an input of class " + object.getClass().getName()
                        + " where strings, numbers, booleans, null, lists and maps are understood");
        };
    }
}
