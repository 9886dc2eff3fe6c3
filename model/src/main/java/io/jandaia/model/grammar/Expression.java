package io.jandaia.model.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/** What a text may be. */
sealed interface Expression {

    Expression EMPTY = new Sequence(List.of());

    /** What no text fits. */
    Expression NOTHING = new Choice(List.of());

    /** As a maximum: none. */
    int UNBOUNDED = -1;

    /**
     * One character.
     *
     * @param ranges first and last code points in turn, ascending, apart from each other
     */
    record Characters(int... ranges) implements Expression {
        static final int LAST = Character.MAX_CODE_POINT;

        static final Characters ANY = new Characters(0, LAST);

        /** Sorted and joined. */
        static Characters of(List<int[]> pairs) {
            List<int[]> sorted = new ArrayList<>(pairs);
            sorted.sort((a, b) -> Integer.compare(a[0], b[0]));
            List<int[]> joined = new ArrayList<>();
            for (int[] p : sorted) {
                if (!joined.isEmpty() && p[0] <= joined.getLast()[1] + 1) {
                    joined.getLast()[1] = Math.max(joined.getLast()[1], p[1]);
                } else {
                    joined.add(p.clone());
                }
            }
            return new Characters(joined.stream().flatMapToInt(Arrays::stream).toArray());
        }

        List<int[]> pairs() {
            List<int[]> out = new ArrayList<>();
            for (int i = 0; i < ranges.length; i += 2) {
                out.add(new int[] {ranges[i], ranges[i + 1]});
            }
            return out;
        }

        Characters complement() {
            List<int[]> out = new ArrayList<>();
            int from = 0;
            for (int[] p : pairs()) {
                if (p[0] > from) {
                    out.add(new int[] {from, p[0] - 1});
                }
                from = p[1] + 1;
            }
            if (from <= LAST) {
                out.add(new int[] {from, LAST});
            }
            return of(out);
        }

        Characters without(Characters others) {
            List<int[]> out = new ArrayList<>();
            List<int[]> kept = others.complement().pairs();
            for (int[] a : pairs()) {
                for (int[] b : kept) {
                    if (Math.max(a[0], b[0]) <= Math.min(a[1], b[1])) {
                        out.add(new int[] {Math.max(a[0], b[0]), Math.min(a[1], b[1])});
                    }
                }
            }
            return of(out);
        }

        boolean has(int c) {
            return pairs().stream().anyMatch(p -> p[0] <= c && c <= p[1]);
        }

        boolean isEmpty() {
            return ranges.length == 0;
        }
    }

    /** One after the other. */
    record Sequence(List<Expression> parts) implements Expression {}

    /** One of them; nothing at all where there are none. */
    record Choice(List<Expression> options) implements Expression {}

    /**
     * Several times the same.
     *
     * @param most {@link #UNBOUNDED} for any number
     */
    record Repeat(Expression part, int least, int most) implements Expression {}

    /** What the rule of this name is. */
    record Rule(String name) implements Expression {}

    /** Any text that ends with {@code end} and has it nowhere before. */
    record Until(String end) implements Expression {}

    /** Any text, the empty one too, that does not have {@code part} in it. */
    record Without(String part) implements Expression {}

    /** Texts that are both; neither refers to rules. */
    record Both(Expression one, Expression other) implements Expression {}

    static Expression text(String text) {
        return new Sequence(text.codePoints()
                .<Expression>mapToObj(c -> new Characters(c, c))
                .toList());
    }

    static Expression all(Expression... parts) {
        return new Sequence(List.of(parts));
    }

    static Expression any(Expression... options) {
        return new Choice(List.of(options));
    }

    static Expression optional(Expression part) {
        return new Repeat(part, 0, 1);
    }

    static Expression repeat(Expression part, int least, int most) {
        return new Repeat(part, least, most);
    }

    /** The same with other names for the rules that it refers to. */
    static Expression renamed(Expression e, UnaryOperator<String> name) {
        return switch (e) {
            case Characters c -> c;
            case Until u -> u;
            case Without w -> w;
            case Sequence s ->
                new Sequence(s.parts().stream().map(p -> renamed(p, name)).toList());
            case Choice c ->
                new Choice(c.options().stream().map(p -> renamed(p, name)).toList());
            case Repeat r -> new Repeat(renamed(r.part(), name), r.least(), r.most());
            case Rule r -> new Rule(name.apply(r.name()));
            case Both b -> new Both(renamed(b.one(), name), renamed(b.other(), name));
        };
    }
}
