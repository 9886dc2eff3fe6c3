package io.jandaia.model.chat.jinja;

import io.jandaia.model.chat.jinja.Node.Expression;
import io.jandaia.model.chat.jinja.Node.Statement;
import io.jandaia.model.chat.jinja.Node.Target;
import io.jandaia.model.chat.jinja.Value.Bool;
import io.jandaia.model.chat.jinja.Value.Dict;
import io.jandaia.model.chat.jinja.Value.Function;
import io.jandaia.model.chat.jinja.Value.Instance;
import io.jandaia.model.chat.jinja.Value.ListOf;
import io.jandaia.model.chat.jinja.Value.Namespace;
import io.jandaia.model.chat.jinja.Value.None;
import io.jandaia.model.chat.jinja.Value.Tuple;
import io.jandaia.model.chat.jinja.Value.Undefined;
import java.math.BigInteger;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Walks the syntax tree of one rendering. Used by one thread, once. */
final class Interpreter {

    /** How a statement ended. */
    private enum Signal {
        NEXT,
        BREAK,
        CONTINUE
    }

    final Budget budget;
    final Attributes attributes;
    private final Filters filters;
    private final Shadows shadows;
    private final Scope root;
    /** Line of what is being evaluated, for errors. */
    int line = 1;

    Interpreter(Budget budget, Clock clock, Shadows shadows, Map<String, Value> variables) {
        this.budget = budget;
        this.shadows = shadows;
        this.attributes = new Attributes(this);
        this.filters = new Filters(this);
        Scope context = new Scope(Globals.scope(budget, clock));
        variables.forEach(context::set);
        this.root = new Scope(context);
    }

    Text render(List<Statement> statements) {
        shadow(statements, root);
        return capture(statements, root);
    }

    private void shadow(List<Statement> body, Scope scope) {
        for (String name : shadows.at(body)) {
            scope.set(name, Undefined.name(name));
        }
    }

    /** A new scope for a block. */
    Scope inside(List<Statement> body, Scope outer) {
        Scope scope = new Scope(outer);
        shadow(body, scope);
        return scope;
    }

    /** What the statements write. */
    Text capture(List<Statement> statements, Scope scope) {
        Text.Builder out = new Text.Builder(budget);
        execute(statements, scope, out);
        return out.text();
    }

    // Statements

    private Signal execute(List<Statement> statements, Scope scope, Text.Builder out) {
        budget.enter();
        for (Statement statement : statements) {
            budget.step();
            line = statement.line();
            Signal signal = execute(statement, scope, out);
            if (signal != Signal.NEXT) {
                budget.leave();
                return signal;
            }
        }
        budget.leave();
        return Signal.NEXT;
    }

    private Signal execute(Statement statement, Scope scope, Text.Builder out) {
        switch (statement) {
            case Node.Data data -> out.append(data.text());
            case Node.Output output -> out.append(Printer.str(evaluate(output.expression(), scope), budget));
            case Node.If condition -> {
                return execute(
                        Operators.truth(evaluate(condition.test(), scope)) ? condition.then() : condition.otherwise(),
                        scope,
                        out);
            }
            case Node.For loop -> {
                return loop(loop, scope, out);
            }
            case Node.Break end -> {
                return Signal.BREAK;
            }
            case Node.Continue next -> {
                return Signal.CONTINUE;
            }
            case Node.Set set -> assign(set.target(), evaluate(set.value(), scope), scope);
            case Node.SetBlock set -> {
                Scope local = inside(set.body(), scope);
                Text.Builder body = new Text.Builder(budget);
                Signal signal = execute(set.body(), local, body);
                if (signal != Signal.NEXT) {
                    return signal;
                }
                Value value = set.filter() == null ? body.text() : filter(set.filter(), body.text(), local);
                assign(set.target(), value, scope);
            }
            case Node.With with -> {
                Scope local = inside(with.body(), scope);
                for (int i = 0; i < with.targets().size(); i++) {
                    assign(with.targets().get(i), evaluate(with.values().get(i), scope), local);
                }
                return execute(with.body(), local, out);
            }
            case Node.FilterBlock block -> {
                Scope local = inside(block.body(), scope);
                Text.Builder body = new Text.Builder(budget);
                Signal signal = execute(block.body(), local, body);
                if (signal != Signal.NEXT) {
                    return signal;
                }
                out.append(Printer.str(filter(block.filter(), body.text(), local), budget));
            }
            case Node.MacroDefinition macro ->
                scope.set(macro.routine().name(), new Macro(macro.routine(), scope, this));
            case Node.CallBlock block -> {
                Arguments arguments = arguments(block.call().actuals(), scope);
                Map<String, Value> named = new LinkedHashMap<>(arguments.named());
                named.put("caller", new Macro(block.routine(), scope, this));
                Value function = evaluate(block.call().function(), scope);
                out.append(Printer.str(
                        call(function, new Arguments(arguments.positional(), named), block.line()), budget));
            }
            case Node.Generation generation ->
                out.append(capture(generation.body(), inside(generation.body(), scope))
                        .with(Text.GENERATION));
            case Node.Block block -> {
                return execute(block.body(), inside(block.body(), block.scoped() ? scope : root), out);
            }
        }
        return Signal.NEXT;
    }

    private Signal loop(Node.For loop, Scope scope, Text.Builder out) {
        Value items = evaluate(loop.iterable(), scope);
        if (loop.recursive()) {
            out.append(recurse(loop, items, scope, 0));
            return Signal.NEXT;
        }
        return iterate(loop, items, scope, out, null, 0);
    }

    private Text recurse(Node.For loop, Value items, Scope scope, int depth) {
        Text.Builder out = new Text.Builder(budget);
        budget.enter();
        iterate(loop, items, scope, out, (children, level) -> recurse(loop, children, scope, level), depth);
        budget.leave();
        return out.text();
    }

    private Signal iterate(
            Node.For loop, Value items, Scope scope, Text.Builder out, Loop.@Nullable Recursion recursion, int depth) {
        line = loop.line();
        Iterator<Value> iterator = Operators.iterator(items);
        int length = Operators.sizeOrMinus(items);
        Expression test = loop.test();
        if (test != null) {
            length = -1;
            iterator = Filters.filtered(iterator, item -> {
                budget.step();
                Scope local = new Scope(scope);
                assign(loop.target(), item, local);
                return Operators.truth(evaluate(test, local));
            });
        }
        Loop state = new Loop(iterator, length, recursion, depth);
        boolean completed = false;
        while (state.hasNext()) {
            budget.step();
            Scope local = inside(loop.body(), scope);
            Value item = state.next();
            local.set("loop", state);
            assign(loop.target(), item, local);
            Signal signal = execute(loop.body(), local, out);
            if (signal == Signal.BREAK) {
                break;
            }
            completed |= signal == Signal.NEXT;
        }
        // As in the reference, "else" runs unless one pass reached the end of the body.
        return completed || loop.otherwise().isEmpty()
                ? Signal.NEXT
                : execute(loop.otherwise(), inside(loop.otherwise(), scope), out);
    }

    private void assign(Target target, Value value, Scope scope) {
        switch (target) {
            case Node.NameTarget name -> scope.set(name.name(), value);
            case Node.NamespaceTarget name -> {
                if (!(lookup(name.name(), scope) instanceof Namespace namespace)) {
                    throw Fault.type("cannot assign attribute on non-namespace object");
                }
                namespace.attributes.put(Text.of(name.attribute()), value);
            }
            case Node.TupleTarget tuple -> {
                int expected = tuple.targets().size();
                Iterator<Value> items = Operators.iteratorOrNull(value);
                if (items == null) {
                    throw Fault.type("cannot unpack non-iterable " + Operators.typeName(value) + " object");
                }
                List<Value> values = new ArrayList<>();
                while (items.hasNext() && values.size() <= expected) {
                    values.add(items.next());
                }
                if (values.size() != expected) {
                    throw Fault.value(
                            values.size() > expected
                                    ? "too many values to unpack (expected " + expected + ")"
                                    : "not enough values to unpack (expected " + expected + ", got " + values.size()
                                            + ")");
                }
                for (int i = 0; i < expected; i++) {
                    assign(tuple.targets().get(i), values.get(i), scope);
                }
            }
        }
    }

    // Expressions

    Value evaluate(Expression expression, Scope scope) {
        budget.step();
        budget.enter();
        Value value = switch (expression) {
            case Node.Constant constant -> constant.value();
            case Node.Name name -> lookup(name.name(), scope);
            case Node.ListLiteral list -> new ListOf(all(list.items(), scope));
            case Node.TupleLiteral tuple -> new Tuple(all(tuple.items(), scope));
            case Node.DictLiteral dict -> dict(dict, scope);
            case Node.Unary unary -> unary(unary, scope);
            case Node.Binary binary -> binary(binary, scope);
            case Node.Comparison comparison -> Bool.of(compare(comparison, scope));
            case Node.Concatenation concatenation -> concatenate(concatenation, scope);
            case Node.Conditional conditional -> choose(conditional, scope);
            case Node.Attribute attribute -> {
                Value object = evaluate(attribute.object(), scope);
                line = attribute.line();
                yield attributes.attribute(object, attribute.name());
            }
            case Node.Item item -> item(item, scope);
            case Node.Slice slice -> throw Fault.type("a slice stands alone between brackets");
            case Node.Call call -> {
                Value function = evaluate(call.function(), scope);
                yield call(function, arguments(call.actuals(), scope), call.line());
            }
            case Node.Filter filter -> filter(filter, Text.EMPTY, scope);
            case Node.Test test -> {
                Value operand = evaluate(test.operand(), scope);
                Arguments arguments = arguments(test.actuals(), scope).prepend(operand);
                line = test.line();
                yield Bool.of(Predicates.test(test.name(), arguments, budget));
            }
        };
        budget.leave();
        return value;
    }

    private static Value lookup(String name, Scope scope) {
        Value value = scope.get(name);
        return value == null ? Undefined.name(name) : value;
    }

    private List<Value> all(List<Expression> expressions, Scope scope) {
        List<Value> values = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            values.add(evaluate(expression, scope));
        }
        return values;
    }

    private Value dict(Node.DictLiteral dict, Scope scope) {
        Map<Value, Value> entries = new LinkedHashMap<>();
        for (int i = 0; i < dict.keys().size(); i++) {
            Value key = evaluate(dict.keys().get(i), scope);
            Value value = evaluate(dict.values().get(i), scope);
            entries.put(Operators.key(key, budget), value);
        }
        return new Dict(entries);
    }

    private Value unary(Node.Unary unary, Scope scope) {
        Value operand = evaluate(unary.operand(), scope);
        line = unary.line();
        return switch (unary.operator()) {
            case "not" -> Bool.of(!Operators.truth(operand));
            case "-" -> Operators.negate(operand);
            default -> Operators.plus(operand);
        };
    }

    private Value binary(Node.Binary binary, Scope scope) {
        Value left = evaluate(binary.left(), scope);
        return switch (binary.operator()) {
            case "and" -> Operators.truth(left) ? evaluate(binary.right(), scope) : left;
            case "or" -> Operators.truth(left) ? left : evaluate(binary.right(), scope);
            default -> {
                Value right = evaluate(binary.right(), scope);
                line = binary.line();
                yield Operators.binary(binary.operator(), left, right, budget);
            }
        };
    }

    private boolean compare(Node.Comparison comparison, Scope scope) {
        Value left = evaluate(comparison.operands().getFirst(), scope);
        for (int i = 0; i < comparison.operators().size(); i++) {
            Value right = evaluate(comparison.operands().get(i + 1), scope);
            line = comparison.line();
            String operator = comparison.operators().get(i);
            boolean holds = switch (operator) {
                case "==" -> Operators.equal(left, right, budget);
                case "!=" -> !Operators.equal(left, right, budget);
                case "in" -> Operators.contains(right, left, budget);
                case "not in" -> !Operators.contains(right, left, budget);
                default -> Operators.ordered(operator, left, right, budget);
            };
            if (!holds) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private Value concatenate(Node.Concatenation concatenation, Scope scope) {
        List<Value> parts = all(concatenation.parts(), scope);
        Text.Builder out = new Text.Builder(budget);
        for (Value part : parts) {
            out.append(Printer.str(part, budget));
        }
        return out.text();
    }

    private Value choose(Node.Conditional conditional, Scope scope) {
        if (Operators.truth(evaluate(conditional.test(), scope))) {
            return evaluate(conditional.then(), scope);
        }
        return conditional.otherwise() != null
                ? evaluate(conditional.otherwise(), scope)
                : new Undefined(
                        "the inline if-expression on line " + conditional.line()
                                + " evaluated to false and no else section was defined.",
                        false);
    }

    private Value item(Node.Item item, Scope scope) {
        Value object = evaluate(item.object(), scope);
        if (item.key() instanceof Node.Slice slice) {
            Value start = slice.start() == null ? None.NONE : evaluate(slice.start(), scope);
            Value stop = slice.stop() == null ? None.NONE : evaluate(slice.stop(), scope);
            Value step = slice.step() == null ? None.NONE : evaluate(slice.step(), scope);
            line = item.line();
            return Operators.slice(object, start, stop, step, budget);
        }
        Value key = evaluate(item.key(), scope);
        line = item.line();
        return attributes.item(object, key);
    }

    private Value filter(Expression expression, Text body, Scope scope) {
        if (!(expression instanceof Node.Filter filter)) {
            throw Fault.type("not a filter");
        }
        Expression operand = filter.operand();
        Value value;
        if (operand == null) {
            value = body;
        } else {
            value = operand instanceof Node.Filter inner ? filter(inner, body, scope) : evaluate(operand, scope);
        }
        Arguments arguments = arguments(filter.actuals(), scope).prepend(value);
        line = filter.line();
        return filters.apply(filter.name(), arguments);
    }

    private Arguments arguments(Node.Actuals actuals, Scope scope) {
        if (actuals.equals(Node.Actuals.NONE)) {
            return Arguments.NONE;
        }
        List<Value> positional = all(actuals.positional(), scope);
        Map<String, Value> named = new LinkedHashMap<>();
        actuals.named().forEach((name, value) -> named.put(name, evaluate(value, scope)));
        if (actuals.positionalRest() != null) {
            Iterator<Value> rest = Operators.iterator(evaluate(actuals.positionalRest(), scope));
            while (rest.hasNext()) {
                budget.step();
                positional.add(rest.next());
            }
        }
        if (actuals.namedRest() != null) {
            if (!(evaluate(actuals.namedRest(), scope) instanceof Dict dict)) {
                throw Fault.type("argument after ** must be a mapping");
            }
            dict.entries().forEach((key, value) -> {
                String name = Strings.text(key, "keywords").string();
                if (named.put(name, value) != null) {
                    throw Fault.type("got multiple values for keyword argument '" + name + "'");
                }
            });
        }
        return new Arguments(positional, named);
    }

    private Value call(Value function, Arguments arguments, int at) {
        line = at;
        Value result = switch (function) {
            case Function callable -> callable.body().call(arguments);
            case Instance instance -> instance.call(arguments);
            case Undefined undefined -> throw undefined.fault();
            default -> throw Fault.type("'" + Operators.typeName(function) + "' object is not callable");
        };
        line = at;
        return result;
    }

    /** A field of {@code str.format}: an argument, then attributes and items of it. */
    Value field(String path, Arguments arguments) {
        int end = 0;
        while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
            end++;
        }
        String first = path.substring(0, end);
        Value value;
        BigInteger index = first.isEmpty() ? null : Numbers.integer(first, 10);
        if (index != null && index.signum() >= 0) {
            value = arguments.get(Operators.clamp(index));
            if (value == null) {
                throw new Fault(
                        Fault.Type.LOOKUP, "Replacement index " + index + " out of range for positional args tuple");
            }
        } else {
            value = arguments.named().get(first);
            if (value == null) {
                throw new Fault(Fault.Type.LOOKUP, "format() has no argument '" + first + "'");
            }
        }
        while (end < path.length()) {
            boolean attribute = path.charAt(end) == '.';
            int start = end + 1;
            end = start;
            while (end < path.length()
                    && (attribute ? path.charAt(end) != '.' && path.charAt(end) != '[' : path.charAt(end) != ']')) {
                end++;
            }
            String name = path.substring(start, end);
            if (name.isEmpty()) {
                throw Fault.value("Empty attribute in format string");
            }
            BigInteger number = attribute ? null : Numbers.integer(name, 10);
            value = attribute
                    ? attributes.attribute(value, name)
                    : attributes.item(value, number != null ? new Value.Int(number) : Text.of(name));
            if (!attribute) {
                if (end == path.length()) {
                    throw Fault.value("Missing ']' in format string");
                }
                end++;
            }
        }
        return value;
    }
}
