package io.jandaia.model.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The arguments of a call, by position and by name. */
record Arguments(List<Value> positional, Map<String, Value> named) {

    static final Arguments NONE = new Arguments(List.of(), Map.of());

    static Arguments of(Value... values) {
        return new Arguments(List.of(values), Map.of());
    }

    int size() {
        return positional.size() + named.size();
    }

    /** The same with a value before the others, as filters and tests receive what they are applied to. */
    Arguments prepend(Value value) {
        List<Value> list = new ArrayList<>(positional.size() + 1);
        list.add(value);
        list.addAll(positional);
        return new Arguments(list, named);
    }

    Arguments tail(int from) {
        return new Arguments(positional.subList(from, positional.size()), named);
    }

    Arguments without(String... names) {
        Map<String, Value> rest = new LinkedHashMap<>(named);
        for (String name : names) {
            rest.remove(name);
        }
        return new Arguments(positional, rest);
    }

    /** Exactly {@code min} to {@code max} positional arguments and no named ones, as C functions of Python take them. */
    Arguments plain(String function, int min, int max) {
        if (!named.isEmpty()) {
            throw Fault.type(function + "() takes no keyword arguments");
        }
        if (positional.size() < min || positional.size() > max) {
            throw Fault.type(function + "() takes " + (min == max ? "" + min : "from " + min + " to " + max)
                    + " arguments, found " + positional.size());
        }
        return this;
    }

    Value at(int index) {
        return positional.get(index);
    }

    @Nullable
    Value get(int index) {
        return index < positional.size() ? positional.get(index) : null;
    }

    /** Assigns arguments to parameters; a name that starts with "*" must be given. */
    Bound bind(String function, String... parameters) {
        if (positional.size() > parameters.length) {
            throw Fault.type(function + "() takes " + parameters.length + " arguments, found " + positional.size());
        }
        Map<String, Value> values = new LinkedHashMap<>();
        for (int i = 0; i < positional.size(); i++) {
            values.put(plainName(parameters[i]), positional.get(i));
        }
        for (Map.Entry<String, Value> entry : named.entrySet()) {
            boolean known = false;
            for (String parameter : parameters) {
                known |= plainName(parameter).equals(entry.getKey());
            }
            if (!known) {
                throw Fault.type(function + "() got an unexpected keyword argument '" + entry.getKey() + "'");
            }
            if (values.put(entry.getKey(), entry.getValue()) != null) {
                throw Fault.type(function + "() got multiple values for argument '" + entry.getKey() + "'");
            }
        }
        for (String parameter : parameters) {
            if (parameter.startsWith("*") && !values.containsKey(plainName(parameter))) {
                throw Fault.type(function + "() is missing the argument '" + plainName(parameter) + "'");
            }
        }
        return new Bound(values);
    }

    private static String plainName(String parameter) {
        return parameter.startsWith("*") ? parameter.substring(1) : parameter;
    }

    /** Arguments by parameter name. */
    record Bound(Map<String, Value> values) {

        @Nullable
        Value get(String name) {
            return values.get(name);
        }

        Value must(String name) {
            Value value = values.get(name);
            if (value == null) {
                throw Fault.type("the argument '" + name + "' is missing");
            }
            return value;
        }

        Value or(String name, Value otherwise) {
            return values.getOrDefault(name, otherwise);
        }

        boolean flag(String name, boolean otherwise) {
            Value value = values.get(name);
            return value == null ? otherwise : Operators.truth(value);
        }

        int number(String name, int otherwise) {
            Value value = values.get(name);
            return value == null ? otherwise : Operators.index(value);
        }
    }
}
