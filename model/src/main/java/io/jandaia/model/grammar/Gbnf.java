package io.jandaia.model.grammar;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.grammar.Expression.Characters;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads grammars as llama.cpp writes them: {@code name ::= "text" other [a-z]* ( this | that ) # comment}. */
final class Gbnf {

    private static final int MOST_COUNT = 10_000;
    private static final int MOST_DEPTH = 200;

    private final String text;
    private int at;
    private int depth;

    private Gbnf(String text) {
        this.text = text;
    }

    static Map<String, Expression> parse(String text) {
        return new Gbnf(text).rules();
    }

    private Map<String, Expression> rules() {
        Map<String, Expression> rules = new LinkedHashMap<>();
        space(true);
        while (at < text.length()) {
            String name = name();
            space(false);
            if (!text.startsWith("::=", at)) {
                throw wrong("'::=' after the rule's name '" + name + "'");
            }
            at += 3;
            space(true);
            if (rules.put(name, alternatives()) != null) {
                throw wrong("rules with different names; '" + name + "' is there twice");
            }
            space(true);
        }
        if (!rules.containsKey("root")) {
            throw JandaiaException.usage("The grammar has no rule 'root'.");
        }
        return rules;
    }

    private Expression alternatives() {
        if (++depth > MOST_DEPTH) {
            throw wrong("at most " + MOST_DEPTH + " groups in each other");
        }
        List<Expression> options = new ArrayList<>();
        do {
            space(depth > 1 || !options.isEmpty());
            options.add(sequence());
        } while (take('|'));
        depth--;
        return options.size() == 1 ? options.getFirst() : new Expression.Choice(options);
    }

    private Expression sequence() {
        List<Expression> parts = new ArrayList<>();
        while (at < text.length() && "|)\n\r".indexOf(text.charAt(at)) < 0) {
            parts.add(quantified(atom()));
            space(depth > 1);
            if (depth == 1 && continues()) {
                space(true);
            }
        }
        return new Expression.Sequence(parts);
    }

    /** Whether the rule goes on in the next line, with a {@code |}. */
    private boolean continues() {
        int before = at;
        space(true);
        boolean more = at < text.length() && text.charAt(at) == '|';
        at = before;
        return more;
    }

    private Expression atom() {
        char c = text.charAt(at);
        return switch (c) {
            case '"' -> {
                at++;
                List<Expression> parts = new ArrayList<>();
                while (!take('"')) {
                    int point = character("a '\"' at the end of the text");
                    parts.add(new Characters(point, point));
                }
                yield new Expression.Sequence(parts);
            }
            case '[' -> {
                at++;
                yield set();
            }
            case '(' -> {
                at++;
                Expression inner = alternatives();
                space(true);
                if (!take(')')) {
                    throw wrong("a ')'");
                }
                yield inner;
            }
            case '.' -> {
                at++;
                yield Characters.ANY;
            }
            default -> new Expression.Rule(name());
        };
    }

    private Characters set() {
        boolean inverted = take('^');
        List<int[]> pairs = new ArrayList<>();
        while (!take(']')) {
            int low = character("a ']' at the end of the set");
            int high = low;
            if (at + 1 < text.length() && text.charAt(at) == '-' && text.charAt(at + 1) != ']') {
                at++;
                high = character("the end of a range");
            }
            if (high < low) {
                throw wrong("a range whose end is not before its beginning");
            }
            pairs.add(new int[] {low, high});
        }
        Characters set = Characters.of(pairs);
        return inverted ? set.complement() : set;
    }

    private int character(String expected) {
        if (at >= text.length() || text.charAt(at) == '\n') {
            throw wrong(expected);
        }
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        if (c != '\\') {
            return c;
        }
        if (at >= text.length()) {
            throw wrong("a character after '\\'");
        }
        int escaped = text.codePointAt(at);
        at += Character.charCount(escaped);
        return switch (escaped) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'x' -> hex(2);
            case 'u' -> hex(4);
            case 'U' -> hex(8);
            default -> escaped;
        };
    }

    private int hex(int digits) {
        if (at + digits > text.length() || !text.substring(at, at + digits).matches("[0-9a-fA-F]+")) {
            throw wrong(digits + " hexadecimal digits");
        }
        long value = Long.parseLong(text.substring(at, at + digits), 16);
        if (value > Characters.LAST) {
            throw wrong("a character up to 10FFFF");
        }
        at += digits;
        return (int) value;
    }

    private Expression quantified(Expression part) {
        Expression e = part;
        while (at < text.length()) {
            char c = text.charAt(at);
            switch (c) {
                case '*' -> e = Expression.repeat(e, 0, Expression.UNBOUNDED);
                case '+' -> e = Expression.repeat(e, 1, Expression.UNBOUNDED);
                case '?' -> e = Expression.optional(e);
                case '{' -> {
                    int end = text.indexOf('}', at);
                    String inner = end < 0 ? "" : text.substring(at + 1, end).replace(" ", "");
                    if (!inner.matches("[0-9]{1,5}(,[0-9]{0,5})?")) {
                        throw wrong("a repetition like {2}, {2,} or {2,5}");
                    }
                    int comma = inner.indexOf(',');
                    int least = Integer.parseInt(comma < 0 ? inner : inner.substring(0, comma));
                    int most = comma < 0
                            ? least
                            : comma == inner.length() - 1
                                    ? Expression.UNBOUNDED
                                    : Integer.parseInt(inner.substring(comma + 1));
                    if ((most != Expression.UNBOUNDED && most < least) || Math.max(least, most) > MOST_COUNT) {
                        throw wrong("a repetition of at most " + MOST_COUNT + " whose end is not before its beginning");
                    }
                    e = Expression.repeat(e, least, most);
                    at = end;
                }
                default -> {
                    return e;
                }
            }
            at++;
        }
        return e;
    }

    private String name() {
        int begin = at;
        while (at < text.length()
                && (Character.isLetterOrDigit(text.charAt(at)) || "-_".indexOf(text.charAt(at)) >= 0)) {
            at++;
        }
        if (at == begin) {
            throw wrong("a rule, a text in quotes, a set or a group");
        }
        return text.substring(begin, at);
    }

    private void space(boolean lines) {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '#') {
                while (at < text.length() && text.charAt(at) != '\n') {
                    at++;
                }
            } else if (c == ' ' || c == '\t' || (lines && (c == '\n' || c == '\r'))) {
                at++;
            } else {
                return;
            }
        }
    }

    private boolean take(char c) {
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private JandaiaException wrong(String expected) {
        String before = text.substring(0, Math.min(at, text.length()));
        long line = before.chars().filter(c -> c == '\n').count() + 1;
        return JandaiaException.usage("The grammar is wrong in line " + line + ", column "
                + (before.length() - before.lastIndexOf('\n')) + ": expected " + expected + ".");
    }
}
