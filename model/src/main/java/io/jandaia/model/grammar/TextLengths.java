package io.jandaia.model.grammar;

import static io.jandaia.model.grammar.Expression.UNBOUNDED;

/**
 * How many characters the texts of an expression have.
 *
 * @param most {@link Expression#UNBOUNDED} for any number
 */
record TextLengths(long least, long most) {

    /** Of an expression that refers to no rules. */
    static TextLengths of(Expression e) {
        return switch (e) {
            case Expression.Characters c -> new TextLengths(1, 1);
            case Expression.Sequence s ->
                s.parts().stream().map(TextLengths::of).reduce(new TextLengths(0, 0), TextLengths::plus);
            case Expression.Choice c ->
                c.options().stream()
                        .map(TextLengths::of)
                        .reduce(TextLengths::or)
                        .orElse(new TextLengths(0, 0));
            case Expression.Repeat r -> of(r.part()).times(r.least(), r.most());
            case Expression.Both b -> of(b.one());
            case Expression.Rule r -> new TextLengths(0, UNBOUNDED);
            case Expression.Until u -> new TextLengths(0, UNBOUNDED);
            case Expression.Without w -> new TextLengths(0, UNBOUNDED);
        };
    }

    private TextLengths plus(TextLengths o) {
        return new TextLengths(least + o.least, most == UNBOUNDED || o.most == UNBOUNDED ? UNBOUNDED : most + o.most);
    }

    private TextLengths or(TextLengths o) {
        return new TextLengths(
                Math.min(least, o.least),
                most == UNBOUNDED || o.most == UNBOUNDED ? UNBOUNDED : Math.max(most, o.most));
    }

    private TextLengths times(int from, int to) {
        boolean unbounded = to == UNBOUNDED || most == UNBOUNDED;
        return new TextLengths(Math.multiplyExact(least, from), unbounded ? UNBOUNDED : Math.multiplyExact(most, to));
    }
}
