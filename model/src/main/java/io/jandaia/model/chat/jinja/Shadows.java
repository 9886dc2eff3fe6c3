package io.jandaia.model.chat.jinja;

import io.jandaia.model.chat.jinja.Node.Actuals;
import io.jandaia.model.chat.jinja.Node.Expression;
import io.jandaia.model.chat.jinja.Node.Statement;
import io.jandaia.model.chat.jinja.Node.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names that a block shadows before it assigns them. The reference decides when it compiles which variable a name means:
 * a block that assigns a name, without having read it before and with no block around it that mentions it, has a variable of
 * its own, so that blocks inside it see that one, undefined until assigned, and not the variable of the same name that the
 * caller passed. (A name assigned inside an if keeps the caller's value until then.)
 */
final class Shadows {

    private final IdentityHashMap<List<Statement>, List<String>> byBody = new IdentityHashMap<>();

    private Shadows() {}

    static Shadows of(List<Statement> template) {
        Shadows shadows = new Shadows();
        shadows.body(template, new Frame(null));
        return shadows;
    }

    /** Names that are undefined at the start of this block, whatever the caller passed. */
    List<String> at(List<Statement> body) {
        return byBody.getOrDefault(body, List.of());
    }

    /** What one scope knows: every name it mentions, and those among them that it assigns first. */
    private static final class Frame {
        private final @Nullable Frame outer;
        private final Map<String, Boolean> shadowed;
        private final Set<String> stored;

        Frame(@Nullable Frame outer) {
            this(outer, new HashMap<>(), new HashSet<>());
        }

        private Frame(@Nullable Frame outer, Map<String, Boolean> shadowed, Set<String> stored) {
            this.outer = outer;
            this.shadowed = shadowed;
            this.stored = stored;
        }

        Frame branch() {
            return new Frame(outer, new HashMap<>(shadowed), new HashSet<>(stored));
        }

        boolean outerKnows(String name) {
            for (Frame frame = outer; frame != null; frame = frame.outer) {
                if (frame.shadowed.containsKey(name)) {
                    return true;
                }
            }
            return false;
        }

        void load(String name) {
            if (!outerKnows(name)) {
                shadowed.putIfAbsent(name, false);
            }
        }

        void store(String name) {
            stored.add(name);
            if (!shadowed.containsKey(name)) {
                shadowed.put(name, !outerKnows(name));
            }
        }

        void parameter(String name) {
            stored.add(name);
            shadowed.put(name, false);
        }

        /** Takes over what the branches of an if mention. */
        void merge(List<Frame> branches) {
            Set<String> fresh = new HashSet<>();
            branches.forEach(branch -> fresh.addAll(branch.stored));
            fresh.removeAll(stored);
            for (Frame branch : branches) {
                branch.shadowed.forEach(shadowed::putIfAbsent);
                stored.addAll(branch.stored);
            }
            fresh.forEach(name -> shadowed.put(name, false));
        }
    }

    /** Blocks met while a scope is read; they are read after it, when all its names are known. */
    private record Later(List<Statement> body, Frame frame) {}

    private void body(List<Statement> statements, Frame frame) {
        List<Later> later = new ArrayList<>();
        statements(statements, frame, frame, later);
        List<String> names = new ArrayList<>();
        frame.shadowed.forEach((name, own) -> {
            if (own) {
                names.add(name);
            }
        });
        if (!names.isEmpty()) {
            byBody.put(statements, List.copyOf(names));
        }
        later.forEach(next -> body(next.body(), next.frame()));
    }

    /** {@code scope} is what inner blocks are inside of; {@code frame} a branch of it, or itself. */
    private void statements(List<Statement> statements, Frame frame, Frame scope, List<Later> later) {
        for (Statement statement : statements) {
            statement(statement, frame, scope, later);
        }
    }

    private void statement(Statement statement, Frame frame, Frame scope, List<Later> later) {
        switch (statement) {
            case Node.Data data -> {}
            case Node.Break end -> {}
            case Node.Continue next -> {}
            case Node.Output output -> load(output.expression(), frame);
            case Node.Set set -> {
                load(set.value(), frame);
                store(set.target(), frame);
            }
            case Node.If condition -> {
                load(condition.test(), frame);
                Frame then = frame.branch();
                statements(condition.then(), then, scope, later);
                Frame otherwise = frame.branch();
                statements(condition.otherwise(), otherwise, scope, later);
                frame.merge(List.of(then, otherwise));
            }
            case Node.For loop -> {
                load(loop.iterable(), frame);
                Frame inner = new Frame(scope);
                inner.parameter("loop");
                parameters(loop.target(), inner);
                later.add(new Later(loop.body(), inner));
                later.add(new Later(loop.otherwise(), new Frame(scope)));
            }
            case Node.SetBlock set -> {
                store(set.target(), frame);
                later.add(new Later(set.body(), new Frame(scope)));
            }
            case Node.With with -> {
                with.values().forEach(value -> load(value, frame));
                Frame inner = new Frame(scope);
                with.targets().forEach(target -> parameters(target, inner));
                later.add(new Later(with.body(), inner));
            }
            case Node.FilterBlock block -> {
                load(block.filter(), frame);
                later.add(new Later(block.body(), new Frame(scope)));
            }
            case Node.MacroDefinition macro -> {
                frame.store(macro.routine().name());
                routine(macro.routine(), scope, later);
            }
            case Node.CallBlock block -> {
                load(block.call(), frame);
                routine(block.routine(), scope, later);
            }
            case Node.Generation generation -> later.add(new Later(generation.body(), new Frame(scope)));
            case Node.Block block -> later.add(new Later(block.body(), new Frame(block.scoped() ? scope : null)));
        }
    }

    private void routine(Node.Routine routine, Frame scope, List<Later> later) {
        Frame inner = new Frame(scope);
        routine.parameters().forEach(inner::parameter);
        List.of("caller", "kwargs", "varargs").forEach(inner::parameter);
        routine.defaults().forEach(value -> load(value, inner));
        later.add(new Later(routine.body(), inner));
    }

    private static void store(Target target, Frame frame) {
        switch (target) {
            case Node.NameTarget name -> frame.store(name.name());
            case Node.NamespaceTarget name -> frame.load(name.name());
            case Node.TupleTarget tuple -> tuple.targets().forEach(inner -> store(inner, frame));
        }
    }

    private static void parameters(Target target, Frame frame) {
        switch (target) {
            case Node.NameTarget name -> frame.parameter(name.name());
            case Node.NamespaceTarget name -> frame.load(name.name());
            case Node.TupleTarget tuple -> tuple.targets().forEach(inner -> parameters(inner, frame));
        }
    }

    private static void load(@Nullable Expression expression, Frame frame) {
        switch (expression) {
            case null -> {}
            case Node.Constant constant -> {}
            case Node.Name name -> frame.load(name.name());
            case Node.ListLiteral list -> list.items().forEach(item -> load(item, frame));
            case Node.TupleLiteral tuple -> tuple.items().forEach(item -> load(item, frame));
            case Node.DictLiteral dict -> {
                dict.keys().forEach(key -> load(key, frame));
                dict.values().forEach(value -> load(value, frame));
            }
            case Node.Unary unary -> load(unary.operand(), frame);
            case Node.Binary binary -> {
                load(binary.left(), frame);
                load(binary.right(), frame);
            }
            case Node.Comparison comparison -> comparison.operands().forEach(operand -> load(operand, frame));
            case Node.Concatenation concatenation -> concatenation.parts().forEach(part -> load(part, frame));
            case Node.Conditional conditional -> {
                load(conditional.test(), frame);
                load(conditional.then(), frame);
                load(conditional.otherwise(), frame);
            }
            case Node.Attribute attribute -> load(attribute.object(), frame);
            case Node.Item item -> {
                load(item.object(), frame);
                load(item.key(), frame);
            }
            case Node.Slice slice -> {
                load(slice.start(), frame);
                load(slice.stop(), frame);
                load(slice.step(), frame);
            }
            case Node.Call call -> {
                load(call.function(), frame);
                load(call.actuals(), frame);
            }
            case Node.Filter filter -> {
                load(filter.operand(), frame);
                load(filter.actuals(), frame);
            }
            case Node.Test test -> {
                load(test.operand(), frame);
                load(test.actuals(), frame);
            }
        }
    }

    private static void load(Actuals actuals, Frame frame) {
        actuals.positional().forEach(value -> load(value, frame));
        actuals.named().values().forEach(value -> load(value, frame));
        load(actuals.positionalRest(), frame);
        load(actuals.namedRest(), frame);
    }
}
