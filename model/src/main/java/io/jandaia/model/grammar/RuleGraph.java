package io.jandaia.model.grammar;

import io.jandaia.error.JandaiaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Rules as automata over bytes that call each other. A node has steps that take a byte, steps that take none, and calls,
 * which come back to another node.
 */
final class RuleGraph {

    /** Nodes of one grammar; a repetition has those of its part as many times as it counts. */
    private static final int MOST_NODES = 400_000;

    /** Where no number of bytes is enough. */
    static final int NEVER = 1 << 29;

    /** A step that takes a byte from {@code low} to {@code high}. */
    record Take(int low, int high, int to) {}

    /** A step that takes what a rule is. */
    record Call(int rule, int to) {}

    /** A node of each of two graphs. */
    private record Pair(int one, int other) {}

    static final class Node {
        final List<Take> takes = new ArrayList<>(1);
        final List<Call> calls = new ArrayList<>(0);
        final List<Integer> jumps = new ArrayList<>(1);
        /** Whether its rule ends here and nothing else can happen. */
        boolean onlyEnds;
        /** The fewest bytes to the end of its rule. */
        int least = NEVER;
    }

    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<Integer> starts = new ArrayList<>();
    private final List<Integer> ends = new ArrayList<>();
    private final int root;

    private RuleGraph(Map<String, Expression> rules, String root) {
        rules.keySet().forEach(name -> {
            numbers.put(name, numbers.size());
            starts.add(node());
            ends.add(node());
        });
        rules.forEach((name, e) -> {
            int rule = number(name);
            add(e, starts.get(rule), ends.get(rule));
        });
        this.root = number(root);
        ends.forEach(e -> node(e).onlyEnds = true);
        measure();
        if (node(starts.get(this.root)).least >= NEVER) {
            throw JandaiaException.usage("The grammar never ends: no text fits it.");
        }
        removeDeadEnds();
        checkRecursion(rules.keySet().stream().toList());
    }

    static RuleGraph of(Map<String, Expression> rules, String root) {
        return new RuleGraph(rules, root);
    }

    Node node(int n) {
        return nodes.get(n);
    }

    int start() {
        return starts.get(root);
    }

    int start(int rule) {
        return starts.get(rule);
    }

    /** Whether a rule ends at a node. */
    boolean ends(int node) {
        return node(node).onlyEnds;
    }

    private int number(String rule) {
        Integer n = numbers.get(rule);
        if (n == null) {
            throw JandaiaException.usage("The grammar has no rule '" + rule + "'.");
        }
        return n;
    }

    private int node() {
        if (nodes.size() >= MOST_NODES) {
            throw JandaiaException.unsupported("The grammar or schema is too large: more than " + MOST_NODES
                    + " places. Make long repetitions and lengths shorter, or leave their limits out.");
        }
        nodes.add(new Node());
        return nodes.size() - 1;
    }

    private void add(Expression e, int from, int to) {
        switch (e) {
            case Expression.Characters c -> characters(c, from, to);
            case Expression.Sequence s -> {
                int at = from;
                for (int i = 0; i < s.parts().size(); i++) {
                    int next = i == s.parts().size() - 1 ? to : node();
                    add(s.parts().get(i), at, next);
                    at = next;
                }
                if (s.parts().isEmpty()) {
                    node(from).jumps.add(to);
                }
            }
            case Expression.Choice c -> {
                for (Expression option : c.options()) {
                    int begin = node(); // or a loop in one option could lead into another
                    node(from).jumps.add(begin);
                    add(option, begin, to);
                }
            }
            case Expression.Repeat r -> repeat(r, from, to);
            case Expression.Until u -> search(u.end(), from, to, false);
            case Expression.Without w -> search(w.part(), from, to, true);
            case Expression.Both b -> both(b, from, to);
            case Expression.Rule r -> node(from).calls.add(new Call(number(r.name()), to));
        }
    }

    private void characters(Expression.Characters c, int from, int to) {
        c.pairs()
                .forEach(p -> Utf8Ranges.split(p[0], p[1], ranges -> {
                    int at = from;
                    for (int i = 0; i < ranges.size(); i++) {
                        int next = i == ranges.size() - 1 ? to : node();
                        node(at).takes.add(new Take(ranges.get(i)[0], ranges.get(i)[1], next));
                        at = next;
                    }
                }));
    }

    /**
     * Looks for a text as Knuth, Morris and Pratt do: one node for each number of its characters that were just seen.
     *
     * @param absent whether {@code to} is reached while it has not been found, else when it has
     */
    private void search(String text, int from, int to, boolean absent) {
        int[] wanted = text.codePoints().toArray();
        int[] seen = new int[wanted.length];
        for (int i = 0; i < wanted.length; i++) {
            seen[i] = node();
        }
        node(from).jumps.add(seen[0]);
        for (int i = 0; i < wanted.length; i++) {
            Expression.Characters others = Expression.Characters.ANY;
            for (int c : Arrays.stream(wanted).distinct().toArray()) {
                Expression.Characters one = new Expression.Characters(c, c);
                others = others.without(one);
                int known = overlap(wanted, i, c);
                if (known < wanted.length) {
                    characters(one, seen[i], seen[known]);
                } else if (!absent) {
                    characters(one, seen[i], to);
                }
            }
            characters(others, seen[i], seen[0]);
            if (absent) {
                node(seen[i]).jumps.add(to);
            }
        }
    }

    /** The most characters of the beginning of a text with which its first {@code n} characters and {@code c} end. */
    private static int overlap(int[] text, int n, int c) {
        int[] now = Arrays.copyOf(text, n + 1);
        now[n] = c;
        int k = n + 1;
        while (!Arrays.equals(now, n + 1 - k, n + 1, text, 0, k)) {
            k--;
        }
        return k;
    }

    private void repeat(Expression.Repeat r, int from, int to) {
        int at = from;
        for (int i = 0; i < r.least(); i++) {
            int next = node();
            add(r.part(), at, next);
            at = next;
        }
        if (r.most() == Expression.UNBOUNDED) {
            int loop = node();
            node(at).jumps.add(loop);
            int end = node();
            add(r.part(), loop, end);
            node(end).jumps.add(loop);
            node(loop).jumps.add(to);
            return;
        }
        for (int i = r.least(); i < r.most(); i++) {
            node(at).jumps.add(to);
            int next = node();
            add(r.part(), at, next);
            at = next;
        }
        node(at).jumps.add(to);
    }

    /** Goes through two graphs at once: a node for each pair of nodes that the same bytes lead to. */
    private void both(Expression.Both b, int from, int to) {
        RuleGraph x = of(Map.of("one", b.one()), "one");
        RuleGraph y = of(Map.of("other", b.other()), "other");
        Map<Pair, Integer> known = new HashMap<>();
        List<Pair> todo = new ArrayList<>();
        Pair start = new Pair(x.start(), y.start());
        known.put(start, from);
        todo.add(start);
        while (!todo.isEmpty()) {
            Pair at = todo.removeLast();
            Node here = node(known.getOrDefault(at, from));
            Node one = x.node(at.one);
            Node other = y.node(at.other);
            if (x.ends(at.one) && y.ends(at.other)) {
                here.jumps.add(to);
            }
            one.jumps.forEach(j -> here.jumps.add(pair(new Pair(j, at.other), known, todo)));
            other.jumps.forEach(j -> here.jumps.add(pair(new Pair(at.one, j), known, todo)));
            for (Take t : one.takes) {
                for (Take u : other.takes) {
                    int low = Math.max(t.low, u.low);
                    int high = Math.min(t.high, u.high);
                    if (low <= high) {
                        here.takes.add(new Take(low, high, pair(new Pair(t.to, u.to), known, todo)));
                    }
                }
            }
        }
    }

    private int pair(Pair p, Map<Pair, Integer> known, List<Pair> todo) {
        return known.computeIfAbsent(p, k -> {
            todo.add(k);
            return node();
        });
    }

    /** Finds the fewest bytes from each node to its rule's end: repeated until nothing gets smaller. */
    private void measure() {
        ends.forEach(e -> node(e).least = 0);
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int i = nodes.size() - 1; i >= 0; i--) {
                Node n = nodes.get(i);
                int least = n.least;
                for (Take t : n.takes) {
                    least = Math.min(least, 1 + node(t.to).least);
                }
                for (Call c : n.calls) {
                    least = Math.min(least, node(starts.get(c.rule)).least + node(c.to).least);
                }
                for (int j : n.jumps) {
                    least = Math.min(least, node(j).least);
                }
                if (least < n.least) {
                    n.least = least;
                    changed = true;
                }
            }
        }
    }

    /** What leads to no end is not begun. */
    private void removeDeadEnds() {
        for (Node n : nodes) {
            n.takes.removeIf(t -> node(t.to).least >= NEVER);
            n.jumps.removeIf(to -> node(to).least >= NEVER);
            n.calls.removeIf(c -> node(starts.get(c.rule)).least >= NEVER || node(c.to).least >= NEVER);
        }
    }

    /** A rule that begins with itself would be called for ever before it takes a byte. */
    private void checkRecursion(List<String> names) {
        int[] state = new int[starts.size()]; // 0 not seen, 1 being looked at, 2 done
        for (int rule = 0; rule < state.length; rule++) {
            visit(rule, state, names);
        }
    }

    private void visit(int rule, int[] state, List<String> names) {
        if (state[rule] == 2) {
            return;
        }
        if (state[rule] == 1) {
            throw JandaiaException.usage("The grammar's rule '" + names.get(rule)
                    + "' begins with itself; write it so that something comes before the repetition.");
        }
        state[rule] = 1;
        boolean[] seen = new boolean[nodes.size()];
        visitNode(starts.get(rule), seen, state, names);
        state[rule] = 2;
    }

    private void visitNode(int first, boolean[] seen, int[] state, List<String> names) {
        List<Integer> todo = new ArrayList<>(List.of(first));
        while (!todo.isEmpty()) {
            int n = todo.removeLast();
            if (seen[n]) {
                continue;
            }
            seen[n] = true;
            todo.addAll(node(n).jumps);
            for (Call c : node(n).calls) {
                visit(c.rule, state, names);
                if (node(starts.get(c.rule)).least == 0) {
                    todo.add(c.to);
                }
            }
        }
    }

    /** For messages and tests. */
    int size() {
        return nodes.size();
    }

    @Override
    public String toString() {
        return nodes.size() + " nodes, rules "
                + Arrays.toString(numbers.keySet().toArray());
    }
}
