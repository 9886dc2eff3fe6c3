package io.jandaia.model.chat.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The syntax tree of a template. Every node knows its line. */
sealed interface Node {

    int line();

    /** Something with a value. */
    sealed interface Expression extends Node {}

    /** Something that writes, assigns or decides. */
    sealed interface Statement extends Node {}

    record Constant(int line, Value value) implements Expression {}

    record Name(int line, String name) implements Expression {}

    record ListLiteral(int line, List<Expression> items) implements Expression {}

    record TupleLiteral(int line, List<Expression> items) implements Expression {}

    record DictLiteral(int line, List<Expression> keys, List<Expression> values) implements Expression {}

    /** {@code - + not}. */
    record Unary(int line, String operator, Expression operand) implements Expression {}

    /** Arithmetic, {@code and}, {@code or}. */
    record Binary(int line, String operator, Expression left, Expression right) implements Expression {}

    /** {@code a < b < c}: operators.get(i) stands before operands.get(i + 1). */
    record Comparison(int line, List<Expression> operands, List<String> operators) implements Expression {}

    record Concatenation(int line, List<Expression> parts) implements Expression {}

    record Conditional(
            int line,
            Expression test,
            Expression then,
            @Nullable Expression otherwise) implements Expression {}

    record Attribute(int line, Expression object, String name) implements Expression {}

    record Item(int line, Expression object, Expression key) implements Expression {}

    record Slice(
            int line,
            @Nullable Expression start,
            @Nullable Expression stop,
            @Nullable Expression step) implements Expression {}

    /** What stands between the parentheses of a call, filter or test. */
    record Actuals(
            List<Expression> positional,
            Map<String, Expression> named,
            @Nullable Expression positionalRest,
            @Nullable Expression namedRest) {
        static final Actuals NONE = new Actuals(List.of(), Map.of(), null, null);
    }

    record Call(int line, Expression function, Actuals actuals) implements Expression {}

    /** A filter; without operand it filters the body of the block around it. */
    record Filter(int line, @Nullable Expression operand, String name, Actuals actuals) implements Expression {}

    record Test(int line, Expression operand, String name, Actuals actuals) implements Expression {}

    /** Where an assignment goes. */
    sealed interface Target extends Node {}

    record NameTarget(int line, String name) implements Target {}

    record NamespaceTarget(int line, String name, String attribute) implements Target {}

    record TupleTarget(int line, List<Target> targets) implements Target {}

    record Data(int line, Text text) implements Statement {}

    record Output(int line, Expression expression) implements Statement {}

    record If(int line, Expression test, List<Statement> then, List<Statement> otherwise) implements Statement {}

    record For(
            int line,
            Target target,
            Expression iterable,
            @Nullable Expression test,
            boolean recursive,
            List<Statement> body,
            List<Statement> otherwise)
            implements Statement {}

    record Break(int line) implements Statement {}

    record Continue(int line) implements Statement {}

    record Set(int line, Target target, Expression value) implements Statement {}

    record SetBlock(int line, Target target, @Nullable Expression filter, List<Statement> body) implements Statement {}

    record With(int line, List<Target> targets, List<Expression> values, List<Statement> body) implements Statement {}

    record FilterBlock(int line, Expression filter, List<Statement> body) implements Statement {}

    /** Parameters and body of a macro or call block; the flags say which special names the body reads. */
    record Routine(
            String name,
            List<String> parameters,
            List<Expression> defaults,
            List<Statement> body,
            boolean caller,
            boolean kwargs,
            boolean varargs) {}

    record MacroDefinition(int line, Routine routine) implements Statement {}

    record CallBlock(int line, Routine routine, Call call) implements Statement {}

    /** {@code {% generation %}}. */
    record Generation(int line, List<Statement> body) implements Statement {}

    /** {@code {% block %}}, which without inheritance prints where it stands. */
    record Block(int line, String name, boolean scoped, List<Statement> body) implements Statement {}
}
