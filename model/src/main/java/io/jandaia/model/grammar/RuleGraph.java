package io.jandaia.model.grammar;

import io.jandaia.error.JandaiaException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;

/**
 * Rules as automata over bytes that call each other. A node has steps that take a byte, steps that take none, and calls,
 * which come back to another node.
 */
final class RuleGraph {

    /** Nodes of one grammar; a repetition has those of its part as many times as it counts. */
    private static final int MOST_NODES = 400_000;

    /** Nodes of what is two things at once. */
    private static final int MOST_PAIRS = 50_000;

    /** Where no number of bytes is enough. */
    static final int NEVER = 1 << 29;

    /** A step that takes a byte from {@code low} to {@code high}. */
    record Take(int low, int high, int to) {}

    /** A step that takes what a rule is. */
    record Call(int rule, int to) {}

    /** Nodes of each of two graphs. */
    private record Pair(Set<Integer> one, Set<Integer> other) {}

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
        checkRecursion(rules.keySet().stream().toList());
        removeDeadEnds();
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

    /** Goes through two graphs at once: a node for what the same bytes lead to in both. */
    private void both(Expression.Both b, int from, int to) {
        RuleGraph x = of(Map.of("one", b.one()), "one");
        RuleGraph y = of(Map.of("other", b.other()), "other");
        Map<Pair, Integer> known = new HashMap<>();
        Queue<Pair> todo = new ArrayDeque<>();
        node(from).jumps.add(pair(new Pair(x.reached(Set.of(x.start())), y.reached(Set.of(y.start()))), known, todo));
        while (!todo.isEmpty()) {
            Pair at = todo.remove();
            Node here = node(Objects.requireNonNull(known.get(at)));
            if (at.one.stream().anyMatch(x::ends) && at.other.stream().anyMatch(y::ends)) {
                here.jumps.add(to);
            }
            Set<Integer> firsts = new TreeSet<>();
            x.addFirsts(at.one, firsts);
            y.addFirsts(at.other, firsts);
            int low = -1;
            for (int next : firsts) {
                Set<Integer> one = low < 0 ? Set.of() : x.after(at.one, low);
                Set<Integer> other = one.isEmpty() ? Set.of() : y.after(at.other, low);
                if (!other.isEmpty()) {
                    here.takes.add(new Take(low, next - 1, pair(new Pair(one, other), known, todo)));
                }
                low = next;
            }
        }
    }

    private int pair(Pair p, Map<Pair, Integer> known, Queue<Pair> todo) {
        if (known.size() > MOST_PAIRS) {
            throw JandaiaException.unsupported(
                    "A 'pattern' or 'format' with lengths or the other beside it has more than " + MOST_PAIRS
                            + " places. Leave one of them out, or make it shorter.");
        }
        return known.computeIfAbsent(p, k -> {
            todo.add(k);
            return node();
        });
    }

    /** Where the bytes begin that nodes treat alike. */
    private void addFirsts(Set<Integer> from, Set<Integer> firsts) {
        for (int n : from) {
            for (Take t : node(n).takes) {
                firsts.add(t.low);
                firsts.add(t.high + 1);
            }
        }
    }

    private Set<Integer> after(Set<Integer> from, int b) {
        Set<Integer> to = new HashSet<>();
        for (int n : from) {
            for (Take t : node(n).takes) {
                if (t.low <= b && b <= t.high) {
                    to.add(t.to);
                }
            }
        }
        return reached(to);
    }

    /** The nodes that jumps lead to and that take bytes or are the end. */
    private Set<Integer> reached(Set<Integer> from) {
        Set<Integer> seen = new HashSet<>(from);
        List<Integer> todo = new ArrayList<>(from);
        while (!todo.isEmpty()) {
            node(todo.removeLast()).jumps.stream().filter(seen::add).forEach(todo::add);
        }
        seen.removeIf(n -> node(n).takes.isEmpty() && !ends(n));
        return seen;
    }

    /** Finds the fewest bytes from each node to its rule's end, from the ends backwards. */
    private void measure() {
        List<List<Integer>> before = new ArrayList<>();
        nodes.forEach(n -> before.add(new ArrayList<>(2)));
        for (int i = 0; i < nodes.size(); i++) {
            Node n = nodes.get(i);
            for (Take t : n.takes) {
                before.get(t.to).add(i);
            }
            for (Call c : n.calls) {
                before.get(c.to).add(i);
                before.get(starts.get(c.rule)).add(i);
            }
            for (int j : n.jumps) {
                before.get(j).add(i);
            }
        }
        ends.forEach(e -> node(e).least = 0);
        Queue<Integer> todo = new ArrayDeque<>(ends);
        while (!todo.isEmpty()) {
            for (int i : before.get(todo.remove())) {
                int least = least(node(i));
                if (least < node(i).least) {
                    node(i).least = least;
                    todo.add(i);
                }
            }
        }
    }

    private int least(Node n) {
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
        return least;
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
