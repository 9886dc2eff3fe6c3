package io.jandaia.model.grammar;

import static io.jandaia.model.grammar.Expression.UNBOUNDED;
import static io.jandaia.model.grammar.Expression.all;
import static io.jandaia.model.grammar.Expression.any;
import static io.jandaia.model.grammar.Expression.optional;
import static io.jandaia.model.grammar.Expression.repeat;
import static io.jandaia.model.grammar.Expression.text;

import io.jandaia.model.grammar.Expression.Characters;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The rules of JSON, with white space and digits bounded, so that a model cannot go on with them for ever. */
final class JsonRules {

    private static final String SPACE = "json.space";
    private static final String CHARACTER = "json.character";
    private static final String STRING = "json.string";
    private static final String NUMBER = "json.number";
    private static final String VALUE = "json.value";
    private static final String OBJECT = "json.object";
    private static final String ARRAY = "json.array";

    /** Digits before the point after the first, and after it. */
    static final int DIGITS = 15;

    private static final int INDENT = 20;

    static final Characters DIGIT = new Characters('0', '9');
    static final Characters NONZERO = new Characters('1', '9');
    /** What a string may not have as it is. */
    private static final Characters ESCAPED = new Characters(0, 0x1f, '"', '"', '\\', '\\');

    private static final Map<Character, Character> SHORT =
            Map.of('"', '"', '\\', '\\', '\b', 'b', '\f', 'f', '\n', 'n', '\r', 'r', '\t', 't');

    private final Map<String, Expression> rules = new LinkedHashMap<>();

    JsonRules() {
        rules.put(SPACE, optional(any(text(" "), all(text("\n"), repeat(any(text(" "), text("\t")), 0, INDENT)))));
        Characters hex = new Characters('0', '9', 'A', 'F', 'a', 'f');
        Characters notD = new Characters('0', '9', 'A', 'C', 'E', 'F', 'a', 'c', 'e', 'f');
        rules.put(
                CHARACTER,
                any(
                        ESCAPED.complement(),
                        all(
                                text("\\"),
                                Characters.of(List.of(
                                        one('"'), one('\\'), one('/'), one('b'), one('f'), one('n'), one('r'),
                                        one('t')))),
                        all(text("\\u"), notD, hex, hex, hex),
                        all(text("\\u"), new Characters('D', 'D', 'd', 'd'), new Characters('0', '7'), hex, hex)));
        rules.put(STRING, all(text("\""), repeat(character(), 0, UNBOUNDED), text("\"")));
        rules.put(NUMBER, decimal());
        rules.put(VALUE, any(string(), number(), anyObject(), anyArray(), text("true"), text("false"), text("null")));
        rules.put(OBJECT, object(List.of(), repeated(member(string(), value()))));
        rules.put(ARRAY, array(value(), 0, UNBOUNDED));
    }

    private static int[] one(char c) {
        return new int[] {c, c};
    }

    /** All rules and one more. */
    Map<String, Expression> with(String name, Expression rule) {
        rules.put(name, rule);
        return rules;
    }

    Expression space() {
        return new Expression.Rule(SPACE);
    }

    /** One character of a string, as JSON writes it. */
    Expression character() {
        return new Expression.Rule(CHARACTER);
    }

    Expression string() {
        return new Expression.Rule(STRING);
    }

    Expression number() {
        return new Expression.Rule(NUMBER);
    }

    Expression value() {
        return new Expression.Rule(VALUE);
    }

    Expression anyObject() {
        return new Expression.Rule(OBJECT);
    }

    Expression anyArray() {
        return new Expression.Rule(ARRAY);
    }

    static Expression integer() {
        return all(optional(text("-")), any(text("0"), all(NONZERO, repeat(DIGIT, 0, DIGITS))));
    }

    /** What may follow a whole number that is still one. */
    static Expression zeros() {
        return optional(all(text("."), repeat(text("0"), 1, DIGITS)));
    }

    /** Any number. */
    static Expression decimal() {
        return all(
                integer(),
                optional(all(text("."), repeat(DIGIT, 1, DIGITS))),
                optional(all(
                        new Characters('E', 'E', 'e', 'e'),
                        optional(new Characters('+', '+', '-', '-')),
                        repeat(DIGIT, 1, 2))));
    }

    /** A comma between two members or items. */
    Expression comma() {
        return all(text(","), space());
    }

    Expression member(Expression key, Expression value) {
        return all(key, text(":"), space(), value);
    }

    /** Any number of something, with commas between. */
    Expression repeated(Expression part) {
        return optional(all(part, repeat(all(comma(), part), 0, UNBOUNDED)));
    }

    /** Braces around what is in an object: {@code members} one after the other, then the rest. */
    Expression object(List<Expression> members, Expression rest) {
        List<Expression> parts = new ArrayList<>();
        parts.add(text("{"));
        parts.add(space());
        parts.addAll(members);
        parts.add(rest);
        parts.add(space());
        parts.add(text("}"));
        return new Expression.Sequence(parts);
    }

    Expression array(Expression item, int least, int most) {
        Expression more = all(comma(), item);
        Expression items = most == 0
                ? Expression.EMPTY
                : all(item, repeat(more, Math.max(0, least - 1), most == UNBOUNDED ? UNBOUNDED : most - 1));
        return all(text("["), space(), least == 0 && most != 0 ? optional(items) : items, space(), text("]"));
    }

    /** What is said about the characters of a string, about the way in which JSON writes them. */
    static Expression escaped(Expression e) {
        return switch (e) {
            case Characters c -> {
                List<Expression> options = new ArrayList<>();
                Characters plain = c.without(ESCAPED);
                if (!plain.isEmpty()) {
                    options.add(plain);
                }
                for (int point = 0; point < 0x80; point++) {
                    if (c.has(point) && ESCAPED.has(point)) {
                        Character letter = SHORT.get((char) point);
                        options.add(text(letter == null ? String.format("\\u%04x", point) : "\\" + letter));
                    }
                }
                yield new Expression.Choice(options);
            }
            case Expression.Sequence s ->
                new Expression.Sequence(
                        s.parts().stream().map(JsonRules::escaped).toList());
            case Expression.Choice c ->
                new Expression.Choice(
                        c.options().stream().map(JsonRules::escaped).toList());
            case Expression.Repeat r -> new Expression.Repeat(escaped(r.part()), r.least(), r.most());
            case Expression.Rule r -> r;
            case Expression.Both b -> new Expression.Both(escaped(b.one()), escaped(b.other()));
            case Expression.Until u -> throw new IllegalArgumentException("No part of a string: " + u);
            case Expression.Without w -> throw new IllegalArgumentException("No part of a string: " + w);
        };
    }
}
