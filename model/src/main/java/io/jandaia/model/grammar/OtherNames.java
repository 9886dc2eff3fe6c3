package io.jandaia.model.grammar;

import io.jandaia.model.grammar.Expression.Characters;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Names of members that are none of some: plain characters, so that no escape hides one of those. */
final class OtherNames {

    private static final Characters PLAIN = new Characters(0, 0x1f, '"', '"', '\\', '\\').complement();

    private OtherNames() {}

    static Expression than(Collection<String> names, JsonRules json) {
        return Expression.all(
                Expression.text("\""),
                different(names.stream().map(n -> n.codePoints().toArray()).toList(), 0),
                Expression.text("\""));
    }

    /** Texts that differ from all of these, which are the same before {@code at}. */
    private static Expression different(List<int[]> names, int at) {
        Map<Integer, List<int[]>> next = new TreeMap<>();
        boolean ends = false;
        for (int[] name : names) {
            if (name.length == at) {
                ends = true;
            } else {
                next.computeIfAbsent(name[at], k -> new ArrayList<>()).add(name);
            }
        }
        List<Expression> options = new ArrayList<>();
        if (!ends) {
            options.add(Expression.EMPTY);
        }
        List<int[]> taken = new ArrayList<>();
        for (Map.Entry<Integer, List<int[]>> e : next.entrySet()) {
            int c = e.getKey();
            taken.add(new int[] {c, c});
            if (PLAIN.has(c)) {
                options.add(Expression.all(new Characters(c, c), different(e.getValue(), at + 1)));
            }
        }
        options.add(
                Expression.all(PLAIN.without(Characters.of(taken)), Expression.repeat(PLAIN, 0, Expression.UNBOUNDED)));
        return new Expression.Choice(options);
    }
}
