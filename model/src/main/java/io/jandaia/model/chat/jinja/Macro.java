package io.jandaia.model.chat.jinja;

import io.jandaia.model.chat.jinja.Value.Bool;
import io.jandaia.model.chat.jinja.Value.Dict;
import io.jandaia.model.chat.jinja.Value.None;
import io.jandaia.model.chat.jinja.Value.Tuple;
import io.jandaia.model.chat.jinja.Value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A macro, or the body of a call block as {@code caller}, with the scope it was defined in. */
final class Macro implements Value.Instance {

    private final Node.Routine routine;
    private final Scope scope;
    private final Interpreter interpreter;

    Macro(Node.Routine routine, Scope scope, Interpreter interpreter) {
        this.routine = routine;
        this.scope = scope;
        this.interpreter = interpreter;
    }

    @Override
    public Value call(Arguments arguments) {
        List<String> parameters = routine.parameters();
        Map<String, Value> named = new LinkedHashMap<>(arguments.named());
        Scope local = interpreter.inside(routine.body(), scope);
        int given = Math.min(arguments.positional().size(), parameters.size());
        List<String> absent = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            String parameter = parameters.get(i);
            Value value = i < given ? arguments.at(i) : named.remove(parameter);
            if (value == null) {
                absent.add(parameter);
                local.set(parameter, new Undefined("parameter '" + parameter + "' was not provided", false));
            } else {
                local.set(parameter, value);
            }
        }
        if (routine.caller()) {
            Value caller = named.remove("caller");
            local.set(
                    "caller",
                    caller == null || caller instanceof None ? new Undefined("No caller defined", false) : caller);
        }
        if (routine.kwargs()) {
            Map<Value, Value> rest = new LinkedHashMap<>();
            named.forEach((name, value) -> rest.put(Text.of(name), value));
            local.set("kwargs", new Dict(rest));
        } else if (!named.isEmpty()) {
            String name = named.keySet().iterator().next();
            throw Fault.type("macro '" + routine.name() + "' takes no keyword argument '"
                    + (named.containsKey("caller") ? "caller" : name) + "'");
        }
        if (routine.varargs()) {
            List<Value> positional = arguments.positional();
            local.set("varargs", new Tuple(positional.subList(given, positional.size())));
        } else if (arguments.positional().size() > parameters.size()) {
            throw Fault.type(
                    "macro '" + routine.name() + "' takes not more than " + parameters.size() + " argument(s)");
        }
        int required = parameters.size() - routine.defaults().size();
        for (String parameter : absent) {
            int index = parameters.indexOf(parameter);
            if (index >= required) {
                local.set(parameter, interpreter.evaluate(routine.defaults().get(index - required), local));
            }
        }
        return interpreter.capture(routine.body(), local);
    }

    @Override
    public @Nullable Value attribute(String name) {
        return switch (name) {
            case "name" -> routine.name().isEmpty() ? None.NONE : Text.of(routine.name());
            case "arguments" ->
                new Tuple(routine.parameters().stream().<Value>map(Text::of).toList());
            case "catch_kwargs" -> Bool.of(routine.kwargs());
            case "catch_varargs" -> Bool.of(routine.varargs());
            case "caller" -> Bool.of(routine.caller() || routine.parameters().contains("caller"));
            case "explicit_caller" -> Bool.of(routine.parameters().contains("caller"));
            default -> null;
        };
    }

    @Override
    public String typeName() {
        return "Macro";
    }

    @Override
    public String repr() {
        return "<Macro " + (routine.name().isEmpty() ? "anonymous" : "'" + routine.name() + "'") + ">";
    }
}
