package io.jandaia.model.chat.jinja;

import io.jandaia.model.chat.jinja.Value.Bool;
import io.jandaia.model.chat.jinja.Value.Function;
import io.jandaia.model.chat.jinja.Value.Int;
import io.jandaia.model.chat.jinja.Value.Tuple;
import io.jandaia.model.chat.jinja.Value.Undefined;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The variable {@code loop}. It looks one item ahead, and further only when asked for its length. */
final class Loop implements Value.Instance {

    /** What {@code loop(items)} does in a recursive loop. */
    interface Recursion {
        Value render(Value items, int depth);
    }

    private final @Nullable Recursion recursion;
    private final int depth;
    private Iterator<Value> items;
    private int knownLength;
    private int index = -1;
    private @Nullable Value before;
    private @Nullable Value current;
    private @Nullable Value after;
    private @Nullable Value changed;

    Loop(Iterator<Value> items, int knownLength, @Nullable Recursion recursion, int depth) {
        this.items = items;
        this.knownLength = knownLength;
        this.recursion = recursion;
        this.depth = depth;
    }

    boolean hasNext() {
        return after != null || items.hasNext();
    }

    Value next() {
        Value item = after != null ? after : items.next();
        after = null;
        index++;
        before = current;
        current = item;
        return item;
    }

    private @Nullable Value peek() {
        if (after == null && items.hasNext()) {
            after = items.next();
        }
        return after;
    }

    int length() {
        if (knownLength < 0) {
            List<Value> rest = new ArrayList<>();
            items.forEachRemaining(rest::add);
            items = rest.iterator();
            knownLength = rest.size() + index + 1 + (after == null ? 0 : 1);
        }
        return knownLength;
    }

    /** What remains, for a template that iterates over the loop itself. */
    Iterator<Value> rest() {
        Loop loop = this;
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return loop.hasNext();
            }

            @Override
            public Value next() {
                return Tuple.of(loop.next(), loop);
            }
        };
    }

    @Override
    public @Nullable Value attribute(String name) {
        return switch (name) {
            case "index" -> Int.of(index + 1);
            case "index0" -> Int.of(index);
            case "length" -> Int.of(length());
            case "revindex" -> Int.of(length() - index);
            case "revindex0" -> Int.of(length() - index - 1);
            case "first" -> Bool.of(index == 0);
            case "last" -> Bool.of(peek() == null);
            case "depth" -> Int.of(depth + 1);
            case "depth0" -> Int.of(depth);
            case "previtem" -> before == null ? new Undefined("there is no previous item", false) : before;
            case "nextitem" -> {
                Value next = peek();
                yield next == null ? new Undefined("there is no next item", false) : next;
            }
            case "cycle" ->
                new Function(name, arguments -> {
                    if (!arguments.named().isEmpty()) {
                        throw Fault.type("cycle() takes no keyword arguments");
                    }
                    if (arguments.positional().isEmpty()) {
                        throw Fault.type("no items for cycling given");
                    }
                    return arguments.at(index % arguments.positional().size());
                });
            case "changed" ->
                new Function(name, arguments -> {
                    Value now = new Tuple(arguments.positional());
                    if (changed != null && changed.equals(now)) {
                        return Bool.FALSE;
                    }
                    changed = now;
                    return Bool.TRUE;
                });
            default -> null;
        };
    }

    @Override
    public Value call(Arguments arguments) {
        if (recursion == null) {
            throw Fault.type("The loop must have the 'recursive' marker to be called recursively.");
        }
        return recursion.render(arguments.bind("loop", "*iterable").must("iterable"), depth + 1);
    }

    @Override
    public String typeName() {
        return "LoopContext";
    }

    @Override
    public String repr() {
        return "<LoopContext " + (index + 1) + "/" + length() + ">";
    }
}
