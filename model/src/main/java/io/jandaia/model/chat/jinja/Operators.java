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
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python's operators and conversions. Errors are a {@link Fault} without line. */
final class Operators {

    private Operators() {}

    static String typeName(Value value) {
        return switch (value) {
            case None none -> "NoneType";
            case Bool bool -> "bool";
            case Int number -> "int";
            case Real number -> "float";
            case Text text -> text.markup ? "Markup" : "str";
            case ListOf list -> "list";
            case Tuple tuple -> "tuple";
            case Dict dict -> "dict";
            case View view -> "dict_" + view.kind();
            case Range range -> "range";
            case Generator generator -> "generator";
            case Undefined undefined -> "Undefined";
            case Namespace namespace -> "Namespace";
            case Function function -> "builtin_function_or_method";
            case Instance instance -> instance.typeName();
        };
    }

    static boolean truth(Value value) {
        return switch (value) {
            case None none -> false;
            case Bool bool -> bool.on();
            case Int number -> number.number().signum() != 0;
            case Real number -> number.number() != 0;
            case Text text -> !text.string().isEmpty();
            case ListOf list -> !list.items().isEmpty();
            case Tuple tuple -> !tuple.items().isEmpty();
            case Dict dict -> !dict.entries().isEmpty();
            case View view -> !view.dict().entries().isEmpty();
            case Range range -> range.length() > 0;
            case Undefined undefined -> false;
            case Generator generator -> true;
            case Namespace namespace -> true;
            case Function function -> true;
            case Instance instance -> true;
        };
    }

    /** {@code len(value)}, -1 if it has none. */
    static int sizeOrMinus(Value value) {
        return switch (value) {
            case Text text -> text.length();
            case ListOf list -> list.items().size();
            case Tuple tuple -> tuple.items().size();
            case Dict dict -> dict.entries().size();
            case View view -> view.dict().entries().size();
            case Range range -> range.length();
            case Undefined undefined -> 0;
            case Loop loop -> loop.length();
            default -> -1;
        };
    }

    static int size(Value value) {
        int size = sizeOrMinus(value);
        if (size < 0) {
            throw Fault.type("object of type '" + typeName(value) + "' has no len()");
        }
        return size;
    }

    /** {@code iter(value)}, null if it is not iterable. */
    static @Nullable Iterator<Value> iteratorOrNull(Value value) {
        return switch (value) {
            case Text text -> text.characters().iterator();
            case ListOf list -> list.items().iterator();
            case Tuple tuple -> tuple.items().iterator();
            case Dict dict -> dict.entries().keySet().iterator();
            case View view -> view.items().iterator();
            case Range range -> list(range).iterator();
            case Undefined undefined -> List.<Value>of().iterator();
            case Generator generator -> generator.items;
            case Loop loop -> loop.rest();
            default -> null;
        };
    }

    static Iterator<Value> iterator(Value value) {
        Iterator<Value> iterator = iteratorOrNull(value);
        if (iterator == null) {
            throw Fault.type("'" + typeName(value) + "' object is not iterable");
        }
        return iterator;
    }

    /** {@code list(value)}. */
    static List<Value> list(Value value) {
        return switch (value) {
            case ListOf list -> list.items();
            case Tuple tuple -> tuple.items();
            case Range range -> {
                List<Value> list = new ArrayList<>(range.length());
                for (int i = 0; i < range.length(); i++) {
                    list.add(Int.of(range.at(i)));
                }
                yield list;
            }
            default -> {
                List<Value> list = new ArrayList<>();
                iterator(value).forEachRemaining(list::add);
                yield list;
            }
        };
    }

    // Numbers

    /** The integer behind a bool or int, null for anything else. */
    static @Nullable BigInteger integer(Value value) {
        return switch (value) {
            case Int number -> number.number();
            case Bool bool -> bool.on() ? BigInteger.ONE : BigInteger.ZERO;
            default -> null;
        };
    }

    static boolean isNumber(Value value) {
        return value instanceof Int || value instanceof Real || value instanceof Bool;
    }

    static double real(Value value) {
        if (value instanceof Real real) {
            return real.number();
        }
        BigInteger integer = integer(value);
        if (integer == null) {
            throw Fault.type("must be real number, not " + typeName(value));
        }
        double number = integer.doubleValue();
        if (Double.isInfinite(number)) {
            throw new Fault(Fault.Type.ARITHMETIC, "int too large to convert to float");
        }
        return number;
    }

    /** An argument that must be an integer, clamped to the range of an int. */
    static int index(Value value) {
        BigInteger integer = integer(value);
        if (integer == null) {
            if (value instanceof Undefined undefined) {
                throw undefined.fault();
            }
            throw Fault.type("'" + typeName(value) + "' object cannot be interpreted as an integer");
        }
        return clamp(integer);
    }

    static int clamp(BigInteger integer) {
        return integer.bitLength() > 31
                ? (integer.signum() < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE)
                : (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, integer.longValue()));
    }

    private static Fault operands(String operator, Value left, Value right) {
        if (left instanceof Undefined undefined) {
            return undefined.fault();
        }
        if (right instanceof Undefined undefined) {
            return undefined.fault();
        }
        return Fault.type("unsupported operand type(s) for " + operator + ": '" + typeName(left) + "' and '"
                + typeName(right) + "'");
    }

    static Value binary(String operator, Value left, Value right, Budget budget) {
        BigInteger a = integer(left);
        BigInteger b = integer(right);
        if (a != null && b != null) {
            return integers(operator, a, b, budget);
        }
        if (isNumber(left) && isNumber(right)) {
            return reals(operator, real(left), real(right));
        }
        if (left instanceof Undefined undefined) {
            throw undefined.fault();
        }
        switch (operator) {
            case "+" -> {
                if (left instanceof Text x && right instanceof Text y) {
                    boolean markup = x.markup || y.markup;
                    return concat(
                                    markup && !x.markup ? Html.escape(x, budget) : x,
                                    markup && !y.markup ? Html.escape(y, budget) : y,
                                    budget)
                            .markup(markup);
                }
                if (left instanceof ListOf x && right instanceof ListOf y) {
                    return new ListOf(joined(x.items(), y.items(), budget));
                }
                if (left instanceof Tuple x && right instanceof Tuple y) {
                    return new Tuple(joined(x.items(), y.items(), budget));
                }
                if (left instanceof Text && !(right instanceof Undefined)) {
                    throw Fault.type("can only concatenate str (not \"" + typeName(right) + "\") to str");
                }
            }
            case "*" -> {
                if (b != null && repeatable(left)) {
                    return repeat(left, b, budget);
                }
                if (a != null && repeatable(right)) {
                    return repeat(right, a, budget);
                }
            }
            case "%" -> {
                if (left instanceof Text text) {
                    return PercentFormat.format(text, right, budget);
                }
            }
            default -> {}
        }
        throw operands(operator, left, right);
    }

    private static Value integers(String operator, BigInteger a, BigInteger b, Budget budget) {
        switch (operator) {
            case "+" -> {
                return new Int(a.add(b));
            }
            case "-" -> {
                return new Int(a.subtract(b));
            }
            case "*" -> {
                budget.bits((long) a.bitLength() + b.bitLength());
                return new Int(a.multiply(b));
            }
            case "**" -> {
                if (b.signum() < 0) {
                    if (a.signum() == 0) {
                        throw new Fault(Fault.Type.ARITHMETIC, "0.0 cannot be raised to a negative power");
                    }
                    return new Real(Math.pow(a.doubleValue(), b.doubleValue()));
                }
                if (a.bitLength() <= 1 && a.signum() >= 0) {
                    return new Int(b.signum() == 0 ? BigInteger.ONE : a);
                }
                budget.bits(
                        Math.multiplyHigh(a.bitLength(), b.longValue()) != 0 || b.bitLength() > 31
                                ? Long.MAX_VALUE
                                : a.bitLength() * b.longValue());
                return new Int(a.pow(b.intValueExact()));
            }
            default -> {}
        }
        if (b.signum() == 0) {
            throw new Fault(
                    Fault.Type.ARITHMETIC,
                    operator.equals("/") ? "division by zero" : "integer division or modulo by zero");
        }
        return switch (operator) {
            case "/" -> {
                // Python divides the integers exactly and rounds once.
                double quotient = new BigDecimal(a)
                        .divide(new BigDecimal(b), new MathContext(60))
                        .doubleValue();
                if (Double.isInfinite(quotient)) {
                    throw new Fault(Fault.Type.ARITHMETIC, "integer division result too large for a float");
                }
                yield new Real(a.signum() == 0 && quotient == 0 ? 0.0 : quotient);
            }
            case "//" -> {
                BigInteger[] parts = a.divideAndRemainder(b);
                yield new Int(
                        parts[1].signum() != 0 && parts[1].signum() != b.signum()
                                ? parts[0].subtract(BigInteger.ONE)
                                : parts[0]);
            }
            default -> {
                BigInteger remainder = a.remainder(b);
                yield new Int(
                        remainder.signum() != 0 && remainder.signum() != b.signum() ? remainder.add(b) : remainder);
            }
        };
    }

    private static Value reals(String operator, double a, double b) {
        switch (operator) {
            case "+" -> {
                return new Real(a + b);
            }
            case "-" -> {
                return new Real(a - b);
            }
            case "*" -> {
                return new Real(a * b);
            }
            case "**" -> {
                if (a == 0 && b < 0) {
                    throw new Fault(Fault.Type.ARITHMETIC, "0.0 cannot be raised to a negative power");
                }
                if (a < 0 && b != Math.rint(b) && !Double.isInfinite(a) && !Double.isInfinite(b)) {
                    throw Fault.unsupported("complex numbers");
                }
                if (a == 1 || b == 0) {
                    return new Real(1);
                }
                double power = a == -1 && Double.isInfinite(b) ? 1 : Math.pow(a, b);
                if (Double.isInfinite(power) && !Double.isInfinite(a) && !Double.isInfinite(b)) {
                    throw new Fault(Fault.Type.ARITHMETIC, "(34, 'Numerical result out of range')");
                }
                return new Real(power);
            }
            default -> {}
        }
        if (b == 0) {
            throw new Fault(
                    Fault.Type.ARITHMETIC, operator.equals("/") ? "float division by zero" : "float modulo by zero");
        }
        if (operator.equals("/")) {
            return new Real(a / b);
        }
        double remainder = a % b;
        double quotient = (a - remainder) / b;
        if (remainder != 0) {
            if ((b < 0) != (remainder < 0)) {
                remainder += b;
                quotient -= 1;
            }
        } else {
            remainder = Math.copySign(0.0, b);
        }
        if (operator.equals("%")) {
            return new Real(remainder);
        }
        if (quotient == 0) {
            return new Real(Math.copySign(0.0, a / b));
        }
        double floor = Math.floor(quotient);
        return new Real(quotient - floor > 0.5 ? floor + 1 : floor);
    }

    static Value negate(Value value) {
        BigInteger integer = integer(value);
        if (integer != null) {
            return new Int(integer.negate());
        }
        if (value instanceof Real real) {
            return new Real(-real.number());
        }
        throw unary("-", value);
    }

    static Value plus(Value value) {
        BigInteger integer = integer(value);
        if (integer != null) {
            return new Int(integer);
        }
        if (value instanceof Real) {
            return value;
        }
        throw unary("+", value);
    }

    private static Fault unary(String operator, Value value) {
        return value instanceof Undefined undefined
                ? undefined.fault()
                : Fault.type("bad operand type for unary " + operator + ": '" + typeName(value) + "'");
    }

    // Sequences

    static Text concat(Text left, Text right, Budget budget) {
        if (left.string().isEmpty()) {
            return right;
        }
        if (right.string().isEmpty()) {
            return left;
        }
        Text.Builder builder = new Text.Builder(budget);
        builder.append(left);
        builder.append(right);
        return builder.text();
    }

    private static List<Value> joined(List<Value> left, List<Value> right, Budget budget) {
        budget.spend(left.size() + right.size());
        List<Value> list = new ArrayList<>(left.size() + right.size());
        list.addAll(left);
        list.addAll(right);
        return list;
    }

    private static boolean repeatable(Value value) {
        return value instanceof Text || value instanceof ListOf || value instanceof Tuple;
    }

    private static Value repeat(Value value, BigInteger times, Budget budget) {
        int count = Math.max(0, clamp(times));
        if (value instanceof Text text) {
            budget.characters((long) text.string().length() * count);
            if (text.firstOrigin() == 0) {
                return Text.of(text.string().repeat(count)).markup(text.markup);
            }
            budget.spend(count);
            Text.Builder builder = new Text.Builder(budget);
            for (int i = 0; i < count; i++) {
                builder.append(text);
            }
            return builder.text().markup(text.markup);
        }
        List<Value> items = list(value);
        budget.spend((long) items.size() * count);
        List<Value> repeated = new ArrayList<>(items.size() * count);
        for (int i = 0; i < count && !items.isEmpty(); i++) {
            repeated.addAll(items);
        }
        return value instanceof ListOf ? new ListOf(repeated) : new Tuple(repeated);
    }

    /** {@code needle in container}. */
    static boolean contains(Value container, Value needle, Budget budget) {
        return switch (container) {
            case Text text -> {
                if (!(needle instanceof Text part)) {
                    throw Fault.type("'in <string>' requires string as left operand, not " + typeName(needle));
                }
                budget.spend(text.string().length() >> 5);
                yield Search.first(text.string(), part.string(), 0) >= 0;
            }
            case Dict dict -> dict.entries().containsKey(key(needle, budget));
            case View view
            when view.kind().equals("keys") -> view.dict().entries().containsKey(key(needle, budget));
            default -> {
                Iterator<Value> items = iteratorOrNull(container);
                if (items == null) {
                    throw Fault.type("argument of type '" + typeName(container) + "' is not iterable");
                }
                boolean found = false;
                while (!found && items.hasNext()) {
                    budget.step();
                    found = identicalOrEqual(items.next(), needle, budget);
                }
                yield found;
            }
        };
    }

    /** The value, if it may be the key of a dict; pays for hashing it. */
    static Value key(Value value, Budget budget) {
        if (value instanceof Tuple || value instanceof Text) walk(value, budget);
        return key(value);
    }

    private static Value key(Value value) {
        switch (value) {
            case ListOf list -> throw Fault.type("unhashable type: 'list'");
            case Dict dict -> throw Fault.type("unhashable type: 'dict'");
            case View view -> {
                if (!view.kind().equals("values")) {
                    throw Fault.type("unhashable type: 'dict_" + view.kind() + "'");
                }
            }
            case Tuple tuple -> tuple.items().forEach(Operators::key);
            default -> {}
        }
        return value;
    }

    // Comparison

    /**
     * Pays for a way through a value to its leaves, as comparing and hashing go. A value may hold another one many times over,
     * so the way can be far longer than the value was to make.
     */
    private static void walk(Value value, Budget budget) {
        switch (value) {
            case Text text -> budget.spend(text.string().length() >> 5);
            case ListOf list -> walk(list.items(), budget);
            case Tuple tuple -> walk(tuple.items(), budget);
            case Dict dict -> {
                walk(dict.entries().keySet(), budget);
                walk(dict.entries().values(), budget);
            }
            case View view -> {
                long size = view.dict().entries().size();
                budget.spend(size * size);
                walk(view.dict(), budget);
            }
            default -> {}
        }
    }

    private static void walk(Collection<Value> values, Budget budget) {
        budget.enter();
        for (Value value : values) {
            budget.step();
            walk(value, budget);
        }
        budget.leave();
    }

    /** Whether the values are equal; pays for looking. */
    static boolean equal(Value left, Value right, Budget budget) {
        if (alike(left, right)) walk(left, budget);
        return equal(left, right);
    }

    /** Whether comparing two values needs a look inside. */
    private static boolean alike(Value left, Value right) {
        return switch (left) {
            case Text text ->
                right instanceof Text other
                        && text.string().length() == other.string().length();
            case ListOf list ->
                right instanceof ListOf other
                        && list.items().size() == other.items().size();
            case Tuple tuple ->
                right instanceof Tuple other
                        && tuple.items().size() == other.items().size();
            case Dict dict ->
                right instanceof Dict other
                        && dict.entries().size() == other.entries().size();
            case View view -> right instanceof View;
            default -> false;
        };
    }

    @SuppressWarnings("ReferenceEquality")
    static boolean identicalOrEqual(Value left, Value right, Budget budget) {
        return left == right || equal(left, right, budget);
    }

    static boolean ordered(String operator, Value left, Value right, Budget budget) {
        if (right instanceof Text || right instanceof ListOf || right instanceof Tuple) walk(left, budget);
        return ordered(operator, left, right);
    }

    /** Python compares the items of collections by identity first, which matters for nan. */
    @SuppressWarnings("ReferenceEquality")
    private static boolean identicalOrEqual(Value left, Value right) {
        return left == right || equal(left, right);
    }

    @SuppressWarnings("ReferenceEquality")
    static boolean equal(Value left, Value right) {
        if (isNumber(left) && isNumber(right)) {
            return numbersEqual(left, right);
        }
        return switch (left) {
            case Text text -> right instanceof Text other && text.string().equals(other.string());
            case ListOf list -> right instanceof ListOf other && itemsEqual(list.items(), other.items());
            case Tuple tuple -> right instanceof Tuple other && itemsEqual(tuple.items(), other.items());
            case Dict dict -> {
                if (!(right instanceof Dict other)
                        || other.entries().size() != dict.entries().size()) {
                    yield false;
                }
                for (Map.Entry<Value, Value> entry : dict.entries().entrySet()) {
                    Value value = other.entries().get(entry.getKey());
                    if (value == null || !identicalOrEqual(entry.getValue(), value)) {
                        yield false;
                    }
                }
                yield true;
            }
            case View view -> {
                if (!(right instanceof View other)
                        || view.kind().equals("values")
                        || other.kind().equals("values")) {
                    yield left == right;
                }
                List<Value> mine = view.items();
                List<Value> others = other.items();
                yield mine.size() == others.size() && others.containsAll(mine);
            }
            case Range range ->
                right instanceof Range other
                        && range.length() == other.length()
                        && (range.length() == 0
                                || (range.start() == other.start()
                                        && (range.length() == 1 || range.step() == other.step())));
            case Undefined undefined -> right instanceof Undefined;
            default -> left == right;
        };
    }

    private static boolean itemsEqual(List<Value> left, List<Value> right) {
        if (left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            if (!identicalOrEqual(left.get(i), right.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean numbersEqual(Value left, Value right) {
        BigInteger a = integer(left);
        BigInteger b = integer(right);
        if (a != null && b != null) {
            return a.equals(b);
        }
        if (a == null && b == null) {
            return real(left) == real(right);
        }
        double number = a == null ? real(left) : real(right);
        return number == Math.rint(number)
                && !Double.isInfinite(number)
                && new BigDecimal(number).toBigInteger().equals(a == null ? b : a);
    }

    /** Whether {@code left operator right} for {@code < <= > >=}. */
    private static boolean ordered(String operator, Value left, Value right) {
        if (isNumber(left) && isNumber(right)) {
            BigInteger a = integer(left);
            BigInteger b = integer(right);
            if (a != null && b != null) {
                return satisfies(operator, a.compareTo(b));
            }
            double x = left instanceof Real real ? real.number() : Double.NaN;
            double y = right instanceof Real real ? real.number() : Double.NaN;
            if ((a == null && Double.isNaN(x)) || (b == null && Double.isNaN(y))) {
                return false;
            }
            if (Double.isInfinite(x) || Double.isInfinite(y)) {
                return satisfies(operator, Double.compare(a == null ? x : 0, b == null ? y : 0));
            }
            BigDecimal exactLeft = a == null ? new BigDecimal(x) : new BigDecimal(a);
            BigDecimal exactRight = b == null ? new BigDecimal(y) : new BigDecimal(b);
            return satisfies(operator, exactLeft.compareTo(exactRight));
        }
        if (left instanceof Text a && right instanceof Text b) {
            return satisfies(operator, comparePoints(a.string(), b.string()));
        }
        if ((left instanceof ListOf && right instanceof ListOf) || (left instanceof Tuple && right instanceof Tuple)) {
            List<Value> a = list(left);
            List<Value> b = list(right);
            for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
                if (!identicalOrEqual(a.get(i), b.get(i))) {
                    return ordered(operator, a.get(i), b.get(i));
                }
            }
            return satisfies(operator, Integer.compare(a.size(), b.size()));
        }
        if (left instanceof Undefined undefined) {
            throw undefined.fault();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.fault();
        }
        throw Fault.type("'" + operator + "' not supported between instances of '" + typeName(left) + "' and '"
                + typeName(right) + "'");
    }

    private static boolean satisfies(String operator, int order) {
        return switch (operator) {
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">" -> order > 0;
            default -> order >= 0;
        };
    }

    private static int comparePoints(String a, String b) {
        int i = 0;
        while (i < a.length() && i < b.length() && a.charAt(i) == b.charAt(i)) {
            i++;
        }
        if (i == a.length() || i == b.length()) {
            return Integer.compare(a.length(), b.length());
        }
        // Surrogates stand for characters above all others.
        char x = a.charAt(i);
        char y = b.charAt(i);
        return Character.isSurrogate(x) == Character.isSurrogate(y)
                ? Character.compare(x, y)
                : Boolean.compare(Character.isSurrogate(x), Character.isSurrogate(y));
    }

    /** Sorts stably by the operator {@code <}, as Python's sorted does. */
    static List<Value> sorted(List<Value> values, List<Value> keys, boolean reverse, Budget budget) {
        List<Integer> order = new ArrayList<>(values.size());
        for (int i = 0; i < values.size(); i++) {
            order.add(i);
        }
        order.sort((i, j) -> {
            budget.step();
            Value a = keys.get(i);
            Value b = keys.get(j);
            if (reverse) {
                return ordered("<", a, b, budget) ? 1 : ordered("<", b, a, budget) ? -1 : 0;
            }
            return ordered("<", a, b, budget) ? -1 : ordered("<", b, a, budget) ? 1 : 0;
        });
        List<Value> sorted = new ArrayList<>(values.size());
        for (int i : order) {
            sorted.add(values.get(i));
        }
        return sorted;
    }

    // Subscripts

    /** {@code object[start:stop:step]}. */
    static Value slice(Value object, Value start, Value stop, Value step, Budget budget) {
        int size = switch (object) {
            case Text text -> text.length();
            case ListOf list -> list.items().size();
            case Tuple tuple -> tuple.items().size();
            case Range range -> range.length();
            case Undefined undefined -> throw undefined.fault();
            case Dict dict -> throw Fault.type("unhashable type: 'slice'");
            default -> throw Fault.type("'" + typeName(object) + "' object is not subscriptable");
        };
        int by = step instanceof None ? 1 : sliceIndex(step);
        if (by == 0) {
            throw Fault.value("slice step cannot be zero");
        }
        int from = bound(start, size, by, by > 0 ? 0 : size - 1);
        int to = bound(stop, size, by, by > 0 ? size : -1);
        long span = by > 0 ? (long) to - from + by - 1 : (long) from - to - by - 1L;
        int count = span < 0 ? 0 : (int) Math.max(0, span / Math.abs((long) by));
        if (object instanceof Text text) {
            if (by == 1 || count == 0) {
                return count == 0
                        ? Text.EMPTY.markup(text.markup)
                        : text.units(text.unit(from), text.unit(from + count));
            }
            budget.spend(count);
            List<Value> characters = text.characters();
            Text.Builder builder = new Text.Builder(budget);
            for (int i = 0, at = from; i < count; i++, at += by) {
                builder.append((Text) characters.get(at));
            }
            return builder.text().markup(text.markup);
        }
        if (object instanceof Range range) {
            return new Range(range.at(from), range.at(to), by * range.step(), count);
        }
        budget.spend(count);
        List<Value> items = list(object);
        List<Value> taken = new ArrayList<>(count);
        for (int i = 0, at = from; i < count; i++, at += by) {
            taken.add(items.get(at));
        }
        return object instanceof ListOf ? new ListOf(taken) : new Tuple(taken);
    }

    private static int sliceIndex(Value value) {
        BigInteger integer = integer(value);
        if (integer == null) {
            throw Fault.type("slice indices must be integers or None or have an __index__ method");
        }
        return clamp(integer);
    }

    private static int bound(Value value, int size, int step, int otherwise) {
        if (value instanceof None) {
            return otherwise;
        }
        long index = sliceIndex(value);
        if (index < 0) {
            index += size;
        }
        long least = step > 0 ? 0 : -1;
        long most = step > 0 ? size : size - 1;
        return (int) Math.max(least, Math.min(most, index));
    }
}
