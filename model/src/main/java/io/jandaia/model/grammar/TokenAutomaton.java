package io.jandaia.model.grammar;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A grammar beside a vocabulary: states of the grammar as they are met, with what each byte leads to and which tokens fit.
 * What was found out once is kept for all answers with this grammar. Callers hold its monitor.
 */
public final class TokenAutomaton {

    /** States that are kept; beyond, all is forgotten and found out again. */
    private static final int MOST_STATES = 20_000;

    /** Ways in which one text may be read at once; a grammar that is more ambiguous would take for ever. */
    private static final int MOST_READINGS = 5_000;

    /** Where a rule came from: the node to go on with at its end, and where that one's rule came from. */
    private record Caller(int node, @Nullable Caller outer, int least, int hash) {
        static Caller of(int node, @Nullable Caller outer, int ownLeast) {
            int rest = outer == null ? 0 : outer.least;
            return new Caller(
                    node,
                    outer,
                    Math.min(RuleGraph.NEVER, ownLeast + rest),
                    31 * (outer == null ? 7 : outer.hash) + node);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(@Nullable Object o) {
            Caller a = this;
            Object other = o;
            while (other instanceof Caller b && a.hash == b.hash && a.node == b.node) {
                if (a == b || a.outer == b.outer) {
                    return true;
                }
                if (a.outer == null || b.outer == null) {
                    return false;
                }
                a = a.outer;
                other = b.outer;
            }
            return false;
        }
    }

    private record Reading(int node, @Nullable Caller caller) {}

    /** A set of ways in which the text so far can be read. */
    static final class State {
        private final Set<Reading> readings;
        private final boolean accepts;
        private final int least;
        /** Where each byte leads: null until that was asked, {@link #NOWHERE} if it does not fit. */
        private final @Nullable State[] next = new State[256];

        private long @Nullable [] mask;
        private int needed = -1;

        private State(Set<Reading> readings, boolean accepts, int least) {
            this.readings = readings;
            this.accepts = accepts;
            this.least = least;
        }

        /** Whether the text may end here. */
        boolean accepts() {
            return accepts;
        }

        /** Whether nothing more can come. */
        boolean complete() {
            return readings.isEmpty();
        }

        /** The fewest bytes to an end. */
        int least() {
            return accepts ? 0 : least;
        }
    }

    private static final State NOWHERE = new State(Set.of(), false, RuleGraph.NEVER);

    private final RuleGraph graph;
    private final TokenTree tree;
    private final Map<Set<Reading>, State> states = new HashMap<>();
    private int made;
    private State start;

    TokenAutomaton(Grammar grammar, TokenTree tree) {
        this.graph = grammar.graph();
        this.tree = tree;
        this.start = begin();
    }

    private State begin() {
        Set<Reading> readings = new HashSet<>();
        boolean[] accepts = {false};
        expand(new Reading(graph.start(), null), readings, new HashSet<>(), accepts);
        return state(readings, accepts[0]);
    }

    State start() {
        return start;
    }

    TokenTree tree() {
        return tree;
    }

    /** Called between answers' steps: frees what was kept when it is too much. States in use stay valid. */
    void trim() {
        if (made > MOST_STATES) {
            states.clear();
            made = 0;
            start = begin();
        }
    }

    private State state(Set<Reading> readings, boolean accepts) {
        Set<Reading> key = accepts ? marked(readings) : readings;
        State known = states.get(key);
        if (known != null) {
            return known;
        }
        if (readings.size() > MOST_READINGS) {
            throw io.jandaia.error.JandaiaException.unsupported(
                    "The grammar is too ambiguous: a text can be read in more than " + MOST_READINGS
                            + " ways at once.");
        }
        int least = RuleGraph.NEVER;
        for (Reading r : readings) {
            int own = graph.node(r.node).least + (r.caller == null ? 0 : r.caller.least);
            least = Math.min(least, own);
        }
        State s = new State(readings, accepts, least);
        states.put(key, s);
        made++;
        return s;
    }

    private static Set<Reading> marked(Set<Reading> readings) {
        Set<Reading> key = new HashSet<>(readings);
        key.add(new Reading(-1, null));
        return key;
    }

    /** What a reading can go on with: nodes that take bytes. Ends of rules go back to their callers. */
    private void expand(Reading first, Set<Reading> into, Set<Reading> seen, boolean[] accepts) {
        List<Reading> todo = new ArrayList<>(List.of(first));
        while (!todo.isEmpty()) {
            Reading r = todo.removeLast();
            if (!seen.add(r)) {
                continue;
            }
            if (graph.ends(r.node)) {
                if (r.caller == null) {
                    accepts[0] = true;
                } else {
                    todo.add(new Reading(r.caller.node, r.caller.outer));
                }
                continue;
            }
            RuleGraph.Node node = graph.node(r.node);
            if (!node.takes.isEmpty()) {
                into.add(r);
            }
            for (int to : node.jumps) {
                todo.add(new Reading(to, r.caller));
            }
            for (RuleGraph.Call c : node.calls) {
                // where nothing follows the call, its end is the end of the caller: stacks do not grow with repetitions
                Caller caller = graph.ends(c.to()) ? r.caller : Caller.of(c.to(), r.caller, graph.node(c.to()).least);
                todo.add(new Reading(graph.start(c.rule()), caller));
            }
        }
    }

    /** Where a byte leads; null = nowhere. */
    @Nullable
    State next(State from, int b) {
        State known = from.next[b];
        if (known != null) {
            return known == NOWHERE ? null : known;
        }
        Set<Reading> readings = new HashSet<>();
        Set<Reading> seen = new HashSet<>();
        boolean[] accepts = {false};
        for (Reading r : from.readings) {
            for (RuleGraph.Take t : graph.node(r.node).takes) {
                if (t.low() <= b && b <= t.high()) {
                    expand(new Reading(t.to(), r.caller), readings, seen, accepts);
                }
            }
        }
        State to = readings.isEmpty() && !accepts[0] ? null : state(readings, accepts[0]);
        from.next[b] = to == null ? NOWHERE : to;
        return to;
    }

    /** Where the bytes of a token lead; null = nowhere. */
    @Nullable
    State next(State from, byte[] bytes) {
        State at = from;
        for (byte b : bytes) {
            at = next(at, b & 0xff);
            if (at == null) {
                return null;
            }
        }
        return at;
    }

    /** The tokens that fit, as bits; not changed by the caller. */
    long[] mask(State state) {
        long[] known = state.mask;
        if (known == null) {
            known = findMask(state);
            state.mask = known;
        }
        return known;
    }

    private long[] findMask(State state) {
        long[] mask = new long[(tree.size + 63) >> 6];
        State[] path = new State[tree.longest + 1];
        path[0] = state;
        for (int node = 0; node < tree.bytes.length; ) {
            int depth = tree.depths[node];
            State to = next(path[depth], tree.bytes[node] & 0xff);
            if (to == null) {
                node = tree.ends[node];
                continue;
            }
            path[depth + 1] = to;
            for (int i = tree.firsts[node]; i < tree.firsts[node + 1]; i++) {
                int id = tree.tokens[i];
                mask[id >> 6] |= 1L << (id & 63);
            }
            node++;
        }
        return mask;
    }

    /** Tokens that suffice to end the text: those of {@link #closing}; {@link RuleGraph#NEVER} if none do. */
    int needed(State state) {
        if (state.needed < 0) {
            int n = 0;
            State at = state;
            while (at.least() > 0) {
                int token = closing(at);
                if (token < 0) {
                    n = RuleGraph.NEVER;
                    break;
                }
                State to = next(at, tree.texts[token]);
                if (to == null) {
                    throw new AssertionError("a token that fits leads nowhere");
                }
                at = to;
                n++;
            }
            state.needed = n;
        }
        return state.needed;
    }

    /** The longest token at the beginning of a shortest text that ends; -1 if the vocabulary has none. */
    int closing(State state) {
        int best = -1;
        State at = state;
        int from = 0;
        int to = tree.bytes.length;
        int depth = 0;
        while (at.least() > 0) {
            int found = -1;
            State next = null;
            for (int b = 0; b < 256 && found < 0; b++) {
                State candidate = next(at, b);
                if (candidate != null && candidate.least() == at.least() - 1) {
                    int node = child(from, to, depth, b);
                    if (node >= 0) {
                        found = node;
                        next = candidate;
                    }
                }
            }
            if (next == null) {
                return best;
            }
            if (tree.firsts[found] < tree.firsts[found + 1]) {
                best = tree.tokens[tree.firsts[found]];
            }
            at = next;
            from = found + 1;
            to = tree.ends[found];
            depth++;
        }
        return best;
    }

    private int child(int from, int to, int depth, int b) {
        for (int node = from; node < to; node = tree.ends[node]) {
            if (tree.depths[node] == depth && (tree.bytes[node] & 0xff) == b) {
                return node;
            }
        }
        return -1;
    }
}
