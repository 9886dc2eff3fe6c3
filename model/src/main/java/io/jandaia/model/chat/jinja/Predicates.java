package io.jandaia.model.chat.jinja;

import io.jandaia.model.chat.jinja.Value.Bool;
import io.jandaia.model.chat.jinja.Value.Dict;
import io.jandaia.model.chat.jinja.Value.Function;
import io.jandaia.model.chat.jinja.Value.Int;
import io.jandaia.model.chat.jinja.Value.ListOf;
import io.jandaia.model.chat.jinja.Value.None;
import io.jandaia.model.chat.jinja.Value.Range;
import io.jandaia.model.chat.jinja.Value.Real;
import io.jandaia.model.chat.jinja.Value.Tuple;
import io.jandaia.model.chat.jinja.Value.Undefined;
import java.util.Set;

/** Jinja's tests: what may follow {@code is}. */
final class Predicates {

    static final Set<String> NAMES = Set.of(
            "odd",
            "even",
            "divisibleby",
            "defined",
            "undefined",
            "filter",
            "test",
            "none",
            "boolean",
            "false",
            "true",
            "integer",
            "float",
            "lower",
            "upper",
            "string",
            "mapping",
            "number",
            "sequence",
            "iterable",
            "callable",
            "sameas",
            "escaped",
            "in",
            "==",
            "eq",
            "equalto",
            "!=",
            "ne",
            ">",
            "gt",
            "greaterthan",
            "ge",
            ">=",
            "<",
            "lt",
            "lessthan",
            "<=",
            "le");

    private Predicates() {}

    /** The result of a test; the first argument is the value tested. Only comparisons return something else than bool. */
    static boolean test(String name, Arguments arguments, Budget budget) {
        boolean two = switch (name) {
            case "divisibleby",
                    "sameas",
                    "in",
                    "==",
                    "eq",
                    "equalto",
                    "!=",
                    "ne",
                    ">",
                    "gt",
                    "greaterthan",
                    "ge",
                    ">=",
                    "<",
                    "lt",
                    "lessthan",
                    "<=",
                    "le" -> true;
            default -> false;
        };
        if (!NAMES.contains(name)) {
            throw new Fault(Fault.Type.SYNTAX, "No test named '" + name + "' found.");
        }
        if (two && !arguments.named().isEmpty()) {
            return test(name, named(name, arguments), budget);
        }
        arguments.plain(name, two ? 2 : 1, two ? 2 : 1);
        Value value = arguments.at(0);
        Value other = two ? arguments.at(1) : value;
        return switch (name) {
            case "odd" -> modulo(value, Int.of(2), 1, budget);
            case "even" -> modulo(value, Int.of(2), 0, budget);
            case "divisibleby" -> modulo(value, other, 0, budget);
            case "defined" -> !(value instanceof Undefined);
            case "undefined" -> value instanceof Undefined;
            case "filter" -> Operators.key(value, budget) instanceof Text text && Filters.NAMES.contains(text.string());
            case "test" -> Operators.key(value, budget) instanceof Text text && NAMES.contains(text.string());
            case "none" -> value instanceof None;
            case "boolean" -> value instanceof Bool;
            case "false" -> value instanceof Bool bool && !bool.on();
            case "true" -> value instanceof Bool bool && bool.on();
            case "integer" -> value instanceof Int;
            case "float" -> value instanceof Real;
            case "lower" -> Strings.isLower(Printer.str(value, budget).string());
            case "upper" -> Strings.isUpper(Printer.str(value, budget).string());
            case "string" -> value instanceof Text;
            case "mapping" -> value instanceof Dict;
            case "number" -> Operators.isNumber(value);
            case "sequence" ->
                switch (value) {
                    case Text text -> true;
                    case ListOf list -> true;
                    case Tuple tuple -> true;
                    case Dict dict -> true;
                    case Range range -> true;
                    case Undefined undefined -> true;
                    default -> false;
                };
            case "iterable" -> value instanceof Value.Generator || Operators.iteratorOrNull(value) != null;
            case "callable" ->
                value instanceof Function
                        || value instanceof Macro
                        || value instanceof Loop
                        || value instanceof Globals.Joiner
                        || value instanceof Undefined;
            case "sameas" -> same(value, other);
            case "escaped" -> value instanceof Text text && text.markup;
            case "in" -> Operators.contains(other, value, budget);
            case "==", "eq", "equalto" -> Operators.equal(value, other, budget);
            case "!=", "ne" -> !Operators.equal(value, other, budget);
            case ">", "gt", "greaterthan" -> Operators.ordered(">", value, other, budget);
            case "ge", ">=" -> Operators.ordered(">=", value, other, budget);
            case "<", "lt", "lessthan" -> Operators.ordered("<", value, other, budget);
            default -> Operators.ordered("<=", value, other, budget);
        };
    }

    /** Three tests name their argument. */
    private static Arguments named(String name, Arguments arguments) {
        String parameter = switch (name) {
            case "divisibleby" -> "num";
            case "sameas" -> "other";
            case "in" -> "seq";
            default -> throw Fault.type(name + "() takes no keyword arguments");
        };
        Arguments.Bound bound = arguments.bind(name, "*value", "*" + parameter);
        return Arguments.of(bound.must("value"), bound.must(parameter));
    }

    private static boolean modulo(Value value, Value by, int expected, Budget budget) {
        return Operators.equal(Operators.binary("%", value, by, budget), Int.of(expected), budget);
    }

    /** Identity, with the small integers that CPython keeps one object of. */
    @SuppressWarnings("ReferenceEquality")
    private static boolean same(Value value, Value other) {
        if (value instanceof Int a && other instanceof Int b) {
            return a == b
                    || (a.equals(b)
                            && a.number().bitLength() <= 9
                            && a.number().intValue() >= -5
                            && a.number().intValue() <= 256);
        }
        return value == other || (value instanceof Bool && other instanceof Bool && value.equals(other));
    }
}
