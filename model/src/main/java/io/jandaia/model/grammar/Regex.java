package io.jandaia.model.grammar;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.grammar.Expression.Characters;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads regular expressions: the part that JavaScript, Java and Python have in common and that describes a regular language. */
final class Regex {

    private static final int MOST_COUNT = 10_000;
    private static final int MOST_DEPTH = 200;

    private static final Characters DIGIT = new Characters('0', '9');
    private static final Characters WORD = new Characters('0', '9', 'A', 'Z', '_', '_', 'a', 'z');
    private static final Characters SPACE = new Characters('\t', '\r', ' ', ' ');
    /** What some dialects call white space too: it is neither {@code \s} nor {@code \S} here, so that all agree about an answer. */
    private static final Characters WIDE_SPACE = new Characters(
            '\t', '\r', 0x1c, ' ', 0x85, 0x85, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f,
            0x202f, 0x205f, 0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff);

    private static final Characters NOT_LINE_END = new Characters('\n', '\n', '\r', '\r', 0x2028, 0x2029).complement();

    private final String text;
    private int at;
    private int depth;

    private Regex(String text) {
        this.text = text;
    }

    /** What matches as a whole; {@code ^} and {@code $} at the ends change nothing. */
    static Expression parse(String pattern) {
        return new Regex(pattern).whole(false);
    }

    /** What has a match somewhere in it, as JSON Schema means it: without {@code ^} anything comes before, and so on. */
    static Expression search(String pattern) {
        return new Regex(pattern).whole(true);
    }

    private Expression whole(boolean search) {
        List<Expression> options = new ArrayList<>();
        do {
            boolean begins = take('^');
            Expression part = sequence();
            boolean ends = take('$');
            if (at < text.length() && text.charAt(at) != '|') {
                throw wrong(
                        text.charAt(at) == ')'
                                ? "a ')' that closes nothing"
                                : "'" + text.charAt(at) + "' in the middle");
            }
            Expression anything = Expression.repeat(Characters.ANY, 0, Expression.UNBOUNDED);
            List<Expression> parts = new ArrayList<>();
            if (search && !begins) {
                parts.add(anything);
            }
            parts.add(part);
            if (search && !ends) {
                parts.add(anything);
            }
            options.add(new Expression.Sequence(parts));
        } while (take('|'));
        return options.size() == 1 ? options.getFirst() : new Expression.Choice(options);
    }

    private Expression alternatives() {
        List<Expression> options = new ArrayList<>();
        do {
            options.add(sequence());
        } while (take('|'));
        return options.size() == 1 ? options.getFirst() : new Expression.Choice(options);
    }

    private Expression sequence() {
        List<Expression> parts = new ArrayList<>();
        while (at < text.length() && "|)".indexOf(text.charAt(at)) < 0 && !atEnd()) {
            parts.add(quantified(atom()));
        }
        return parts.size() == 1 ? parts.getFirst() : new Expression.Sequence(parts);
    }

    /** A {@code $} that stands where an alternative of the whole expression ends. */
    private boolean atEnd() {
        return depth == 0 && text.charAt(at) == '$' && (at + 1 == text.length() || text.charAt(at + 1) == '|');
    }

    private Expression atom() {
        char c = text.charAt(at);
        return switch (c) {
            case '(' -> group();
            case '[' -> {
                at++;
                yield set();
            }
            case '.' -> {
                at++;
                yield NOT_LINE_END;
            }
            case '\\' -> {
                at++;
                yield escape();
            }
            case '^', '$' -> throw unsupported("'" + c + "' inside the expression");
            case '*', '+', '?' -> throw wrong("'" + c + "' after nothing");
            default -> {
                int point = text.codePointAt(at);
                at += Character.charCount(point);
                yield new Characters(point, point);
            }
        };
    }

    private Expression group() {
        at++;
        if (text.startsWith("?:", at)) {
            at += 2;
        } else if (text.startsWith("?<", at) && !text.startsWith("?<=", at) && !text.startsWith("?<!", at)) {
            int end = text.indexOf('>', at);
            if (end < 0) {
                throw wrong("a group whose name does not end");
            }
            at = end + 1;
        } else if (text.startsWith("?", at)) {
            throw unsupported("'(" + text.substring(at, Math.min(text.length(), at + 2)) + "'");
        }
        if (++depth > MOST_DEPTH) {
            throw wrong("more than " + MOST_DEPTH + " groups in each other");
        }
        Expression inner = alternatives();
        depth--;
        if (!take(')')) {
            throw wrong("a group that does not end");
        }
        return inner;
    }

    private Expression quantified(Expression part) {
        Expression e = part;
        while (at < text.length()) {
            char c = text.charAt(at);
            int[] counts = switch (c) {
                case '*' -> new int[] {0, Expression.UNBOUNDED};
                case '+' -> new int[] {1, Expression.UNBOUNDED};
                case '?' -> new int[] {0, 1};
                case '{' -> counts();
                default -> null;
            };
            if (counts == null) {
                return e;
            }
            if (c != '{') {
                at++;
            }
            if (at < text.length() && text.charAt(at) == '?') {
                at++; // lazy: the same texts
            } else if (at < text.length() && text.charAt(at) == '+' && c != '{') {
                throw unsupported("a possessive repetition");
            }
            e = Expression.repeat(e, counts[0], counts[1]);
        }
        return e;
    }

    private int[] counts() {
        int end = text.indexOf('}', at);
        String[] parts = end < 0 ? new String[0] : text.substring(at + 1, end).split(",", -1);
        if (parts.length < 1
                || parts.length > 2
                || !parts[0].matches("[0-9]{1,9}")
                || !(parts.length == 1 || parts[1].matches("[0-9]{0,9}"))) {
            throw wrong("'{' that is no repetition like {2} or {1,3}; write \\{ for the character");
        }
        int least = Integer.parseInt(parts[0]);
        int most = parts.length == 1 ? least : parts[1].isEmpty() ? Expression.UNBOUNDED : Integer.parseInt(parts[1]);
        if ((most != Expression.UNBOUNDED && most < least) || Math.max(least, most) > MOST_COUNT) {
            throw wrong("a repetition from " + least + " to " + most + "; the limit is " + MOST_COUNT);
        }
        at = end + 1;
        return new int[] {least, most};
    }

    private Characters escape() {
        if (at >= text.length()) {
            throw wrong("a '\\' at the end");
        }
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        Characters known = c == 'p' || c == 'P' ? property(c == 'P') : known(c);
        if (known != null) {
            return known;
        }
        int point = switch (c) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'f' -> '\f';
            case 'v' -> 0x0b;
            case '0' -> 0;
            case 'c' -> control();
            case 'x' -> hex(2);
            case 'u' -> hex(4);
            default -> c;
        };
        if (point == c && (Character.isDigit(c) || (Character.isLetter(c) && c < 128))) {
            throw unsupported("'\\" + Character.toString(c) + "'");
        }
        return new Characters(point, point);
    }

    private static @Nullable Characters known(int c) {
        return switch (c) {
            case 'd' -> DIGIT;
            case 'D' -> DIGIT.complement();
            case 'w' -> WORD;
            case 'W' -> WORD.complement();
            case 's' -> SPACE;
            case 'S' -> WIDE_SPACE.complement();
            default -> null;
        };
    }

    /** What follows {@code \p} or, without those characters, {@code \P}. */
    private Characters property(boolean inverted) {
        int end = text.startsWith("{", at) ? text.indexOf('}', at) : -1;
        if (end < 0) {
            throw unsupported("'\\p' without a name like {L}");
        }
        String name = text.substring(at + 1, end);
        Characters found = UnicodeProperty.of(name);
        if (found == null) {
            throw unsupported("'\\p{" + name + "}'");
        }
        at = end + 1;
        return inverted ? found.complement() : found;
    }

    /** {@code \cJ} is the character that Ctrl-J writes. */
    private int control() {
        if (at >= text.length() || !text.substring(at, at + 1).matches("[a-zA-Z]")) {
            throw wrong("'\\c' without its letter");
        }
        return text.charAt(at++) % 32;
    }

    private int hex(int digits) {
        if (at + digits > text.length() || !text.substring(at, at + digits).matches("[0-9a-fA-F]+")) {
            throw wrong("a character code without its " + digits + " digits");
        }
        int value = Integer.parseInt(text.substring(at, at + digits), 16);
        at += digits;
        return value;
    }

    private Characters set() {
        boolean inverted = take('^');
        List<int[]> pairs = new ArrayList<>();
        if (at < text.length() && text.charAt(at) == ']') {
            throw wrong("a set that begins with ']'; write \\] for the character");
        }
        while (at >= text.length() || text.charAt(at) != ']') {
            if (at >= text.length()) {
                throw wrong("a '[' without its ']'");
            }
            Characters low = member();
            if (low.ranges().length == 2
                    && low.ranges()[0] == low.ranges()[1]
                    && at + 1 < text.length()
                    && text.charAt(at) == '-'
                    && text.charAt(at + 1) != ']') {
                at++;
                Characters high = member();
                if (high.ranges().length != 2
                        || high.ranges()[0] != high.ranges()[1]
                        || high.ranges()[0] < low.ranges()[0]) {
                    throw wrong("a range in [...] whose end is before its beginning, or no character");
                }
                pairs.add(new int[] {low.ranges()[0], high.ranges()[0]});
            } else {
                pairs.addAll(low.pairs());
            }
        }
        at++;
        Characters set = Characters.of(pairs);
        return inverted ? set.complement() : set;
    }

    private Characters member() {
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        if (c != '\\') {
            return new Characters(c, c);
        }
        if (at < text.length() && text.charAt(at) == 'b') {
            at++;
            return new Characters('\b', '\b');
        }
        return escape();
    }

    private boolean take(char c) {
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private JandaiaException wrong(String what) {
        return JandaiaException.usage(
                "The regular expression '" + text + "' has " + what + ", at character " + (at + 1) + ".");
    }

    private JandaiaException unsupported(String what) {
        return JandaiaException.unsupported("The regular expression '" + text + "' has " + what + " at character "
                + (at + 1) + ", which cannot be guaranteed while a model writes.");
    }
}
