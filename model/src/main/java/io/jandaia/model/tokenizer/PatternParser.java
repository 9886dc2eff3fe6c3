package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.tokenizer.SplitPattern.Instruction;
import io.jandaia.model.tokenizer.SplitPattern.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Reads the regular expressions that tokenizers hold: alternatives, groups, classes with {@code \p}, {@code &&} and
 * nesting, greedy and possessive repeats, lookahead, one-character lookbehind, {@code (?i:...)}, anchors. Anything else is
 * an UNSUPPORTED error that names it.
 */
final class PatternParser {

    private sealed interface Node {}

    private record One(CharSet set) implements Node {}

    private record Sequence(List<Node> parts) implements Node {}

    private record Either(List<Node> branches) implements Node {}

    private record Repeat(Node body, int min, int max, char kind) implements Node {}

    private record Look(Node body, boolean ahead, boolean wanted) implements Node {}

    private record Atomic(Node body) implements Node {}

    private record Anchor(Op op) implements Node {}

    /** A counted group is written out that many times; more would be a hostile pattern. */
    private static final int MAX_CODE = 20_000;

    private static final int MAX_DEPTH = 200;

    private final String source;
    private int at;
    private int depth;
    private boolean ignoreCase;
    private final List<Instruction> code = new ArrayList<>();

    PatternParser(String source) {
        this.source = source;
    }

    SplitPattern compile() {
        Node root = alternatives();
        if (at < source.length()) throw unsupported("an unmatched ')'");
        return compile(root);
    }

    SplitPattern compileLiteral() {
        List<Node> parts = new ArrayList<>();
        source.codePoints().forEach(c -> parts.add(new One(new CharSet(d -> d == c))));
        return compile(new Sequence(parts));
    }

    private SplitPattern compile(Node root) {
        List<Node> branches = root instanceof Either either ? either.branches : List.of(root);
        int[] starts = new int[branches.size()];
        long[] low = new long[branches.size()];
        long[] high = new long[branches.size()];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = code.size();
            emit(branches.get(i));
            emit(Op.MATCH, 0, 0);
            long[] first = new long[2];
            if (first(branches.get(i), first)) first = new long[] {-1, -1};
            low[i] = first[0];
            high[i] = first[1];
        }
        return new SplitPattern(source, code, starts, low, high);
    }

    private JandaiaException unsupported(String what) {
        return JandaiaException.unsupported("Reading a tokenizer's regular expression: " + what + " at character " + at
                + " of " + source + " is not supported.");
    }

    private boolean more(char c) {
        return at < source.length() && source.charAt(at) == c;
    }

    private boolean take(String s) {
        if (!source.startsWith(s, at)) return false;
        at += s.length();
        return true;
    }

    private Node alternatives() {
        if (++depth > MAX_DEPTH) throw unsupported("nesting deeper than " + MAX_DEPTH + " groups");
        boolean outerCase = ignoreCase;
        List<Node> branches = new ArrayList<>();
        do {
            branches.add(sequence());
        } while (take("|"));
        ignoreCase = outerCase;
        depth--;
        return branches.size() == 1 ? branches.getFirst() : new Either(branches);
    }

    private Node sequence() {
        List<Node> parts = new ArrayList<>();
        while (at < source.length() && !more('|') && !more(')')) parts.add(repeated(atom()));
        return parts.size() == 1 ? parts.getFirst() : new Sequence(parts);
    }

    private Node repeated(Node body) {
        while (at < source.length()) {
            int min;
            int max;
            switch (source.charAt(at)) {
                case '*' -> {
                    min = 0;
                    max = Integer.MAX_VALUE;
                    at++;
                }
                case '+' -> {
                    min = 1;
                    max = Integer.MAX_VALUE;
                    at++;
                }
                case '?' -> {
                    min = 0;
                    max = 1;
                    at++;
                }
                case '{' -> {
                    int close = source.indexOf('}', at);
                    String inside = close < 0 ? "" : source.substring(at + 1, close);
                    if (!inside.matches("\\d{1,6}(,\\d{0,6})?|,\\d{1,6}")) return body;
                    int comma = inside.indexOf(',');
                    min = comma == 0 ? 0 : Integer.parseInt(comma < 0 ? inside : inside.substring(0, comma));
                    max = comma < 0
                            ? min
                            : comma == inside.length() - 1
                                    ? Integer.MAX_VALUE
                                    : Integer.parseInt(inside.substring(comma + 1));
                    if (max < min) throw unsupported("a repeat whose maximum is below its minimum");
                    at = close + 1;
                }
                default -> {
                    return body;
                }
            }
            char kind = ' ';
            if (take("+")) kind = '+';
            else if (take("?")) kind = '?';
            body = new Repeat(body, min, max, kind);
        }
        return body;
    }

    private Node atom() {
        char c = source.charAt(at);
        return switch (c) {
            case '(' -> group();
            case '[' -> {
                at++;
                yield one(set());
            }
            case '.' -> {
                at++;
                yield new One(CharSet.NOT_NEWLINE);
            }
            case '^' -> {
                at++;
                yield new Anchor(Op.START);
            }
            case '$' -> {
                at++;
                yield new Anchor(Op.LINE_END);
            }
            case '\\' -> {
                if (take("\\b")) yield new Anchor(Op.BOUNDARY);
                if (take("\\B")) yield new Anchor(Op.NOT_BOUNDARY);
                if (take("\\A")) yield new Anchor(Op.START);
                if (take("\\z")) yield new Anchor(Op.END);
                yield one(escape());
            }
            case '*', '+', '?' -> throw unsupported("a repeat of nothing");
            default -> {
                int point = source.codePointAt(at);
                at += Character.charCount(point);
                yield one(d -> d == point);
            }
        };
    }

    private Node one(IntPredicate members) {
        if (!ignoreCase) return new One(new CharSet(members));
        return new One(new CharSet(c -> {
            int upper = Character.toUpperCase(c);
            int lower = Character.toLowerCase(upper);
            return members.test(c) || members.test(upper) || members.test(lower);
        }));
    }

    private Node group() {
        at++;
        if (!take("?")) return close(alternatives());
        if (take(":")) return close(alternatives());
        if (take("=")) return new Look(close(alternatives()), true, true);
        if (take("!")) return new Look(close(alternatives()), true, false);
        if (take("<=")) return new Look(close(alternatives()), false, true);
        if (take("<!")) return new Look(close(alternatives()), false, false);
        if (take(">")) return new Atomic(close(alternatives()));
        boolean outerCase = ignoreCase;
        boolean on = true;
        while (at < source.length()) {
            char c = source.charAt(at++);
            if (c == '-') {
                on = false;
            } else if (c == 'i') {
                ignoreCase = on;
            } else if (c == ':') {
                Node body = close(alternatives());
                ignoreCase = outerCase;
                return body;
            } else if (c == ')') {
                // (?i) holds for the rest of the group around it.
                return new Sequence(List.of());
            } else {
                at--;
                break;
            }
        }
        throw unsupported("this kind of group");
    }

    private Node close(Node body) {
        if (!take(")")) throw unsupported("a group without its ')'");
        return body;
    }

    /** After a backslash: a class, or one character. */
    private IntPredicate escape() {
        at++;
        if (at >= source.length()) throw unsupported("a lone backslash");
        int c = source.codePointAt(at);
        at += Character.charCount(c);
        return switch (c) {
            case 's' -> CharSet::isWhitespace;
            case 'S' -> d -> !CharSet.isWhitespace(d);
            case 'd' -> d -> Character.getType(d) == Character.DECIMAL_DIGIT_NUMBER;
            case 'D' -> d -> Character.getType(d) != Character.DECIMAL_DIGIT_NUMBER;
            case 'w' -> CharSet::isOnigurumaWord;
            case 'W' -> d -> !CharSet.isOnigurumaWord(d);
            case 'p', 'P' -> {
                String name;
                if (more('{')) {
                    int close = source.indexOf('}', at);
                    if (close < 0) throw unsupported("a property without its '}'");
                    name = source.substring(at + 1, close);
                    at = close + 1;
                } else if (at < source.length()) {
                    name = source.substring(at, at + 1);
                    at++;
                } else {
                    throw unsupported("a property without a name");
                }
                boolean not = c == 'P';
                if (name.startsWith("^")) {
                    not = !not;
                    name = name.substring(1);
                }
                int equals = name.indexOf('=');
                IntPredicate property = CharSet.property(name.substring(equals + 1));
                if (property == null) throw unsupported("the property '" + name + "'");
                yield not ? property.negate() : property;
            }
            default -> {
                int point = character(c);
                yield d -> d == point;
            }
        };
    }

    /** What an escaped character stands for. */
    private int character(int c) {
        return switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'f' -> '\f';
            case 'v' -> 0x0B;
            case 'a' -> 0x07;
            case 'e' -> 0x1B;
            case 'x' -> {
                int close = more('{') ? source.indexOf('}', at) : -1;
                yield close > 0 ? hex(at + 1, close, close + 1) : hex(at, at + 2, at + 2);
            }
            case 'u' -> hex(at, at + 4, at + 4);
            default -> {
                if (c < 128 && Character.isLetterOrDigit(c)) {
                    throw unsupported("the escape '\\" + Character.toString(c) + "'");
                }
                yield c;
            }
        };
    }

    private int hex(int from, int to, int next) {
        try {
            int value = Integer.parseInt(source, from, to, 16);
            at = next;
            if (Character.isValidCodePoint(value)) return value;
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            // Reported below with the place.
        }
        throw unsupported("a malformed hexadecimal escape");
    }

    /** The inside of a class, after its '['. */
    private IntPredicate set() {
        if (++depth > MAX_DEPTH) throw unsupported("nesting deeper than " + MAX_DEPTH + " classes");
        boolean not = take("^");
        IntPredicate all = c -> true;
        IntPredicate union = null;
        boolean first = true;
        while (true) {
            if (at >= source.length()) throw unsupported("a class without its ']'");
            if (more(']') && !first) {
                at++;
                break;
            }
            first = false;
            if (take("&&")) {
                IntPredicate left = all;
                IntPredicate right = union == null ? c -> true : union;
                all = c -> left.test(c) && right.test(c);
                union = null;
                continue;
            }
            IntPredicate item;
            if (source.startsWith("[:", at)) {
                throw unsupported("a POSIX bracket");
            } else if (take("[")) {
                item = set();
            } else {
                item = range();
            }
            union = union == null ? item : union.or(item);
        }
        depth--;
        IntPredicate left = all;
        IntPredicate right = union == null ? c -> true : union;
        IntPredicate members = new CharSet(c -> left.test(c) && right.test(c)).asPredicate();
        return not ? members.negate() : members;
    }

    private IntPredicate range() {
        int from;
        if (more('\\')) {
            int c = at + 1 < source.length() ? source.charAt(at + 1) : 0;
            if ("sSdDwWpP".indexOf(c) >= 0) return escape();
            at += 2;
            from = character(c);
        } else {
            from = source.codePointAt(at);
            at += Character.charCount(from);
        }
        if (!more('-') || at + 1 >= source.length() || source.charAt(at + 1) == ']') {
            int only = from;
            return c -> c == only;
        }
        int dash = at++;
        if (more('[') || (more('\\') && at + 1 < source.length() && "sSdDwWpP".indexOf(source.charAt(at + 1)) >= 0)) {
            at = dash;
            int only = from;
            return c -> c == only;
        }
        int to;
        if (more('\\')) {
            int c = at + 1 < source.length() ? source.charAt(at + 1) : 0;
            at += 2;
            to = character(c);
        } else {
            to = source.codePointAt(at);
            at += Character.charCount(to);
        }
        if (to < from) throw unsupported("a range that runs backwards");
        int low = from;
        return c -> c >= low && c <= to;
    }

    private void emit(Op op, int x, int y) {
        emit(new Instruction(op, x, y, CharSet.ANY));
    }

    private void emit(Instruction instruction) {
        if (code.size() >= MAX_CODE) throw unsupported("a pattern of more than " + MAX_CODE + " steps");
        code.add(instruction);
    }

    private void emit(Node node) {
        switch (node) {
            case One one -> emit(new Instruction(Op.SET, 0, 0, one.set));
            case Sequence sequence -> sequence.parts.forEach(this::emit);
            case Anchor anchor -> emit(anchor.op, 0, 0);
            case Atomic atomic -> block(Op.ATOMIC, atomic.body, 0);
            case Look look -> {
                if (look.ahead) {
                    block(Op.AHEAD, look.body, look.wanted ? 1 : 0);
                } else if (look.body instanceof One one) {
                    emit(new Instruction(Op.BEHIND, 0, look.wanted ? 1 : 0, one.set));
                } else {
                    throw unsupported("a lookbehind of more than one character");
                }
            }
            case Either either -> {
                List<Instruction> exits = new ArrayList<>();
                for (int i = 0; i < either.branches.size(); i++) {
                    boolean last = i == either.branches.size() - 1;
                    Instruction split = new Instruction(Op.SPLIT, code.size() + 1, 0, CharSet.ANY);
                    if (!last) emit(split);
                    emit(either.branches.get(i));
                    if (!last) {
                        Instruction exit = new Instruction(Op.JUMP, 0, 0, CharSet.ANY);
                        emit(exit);
                        exits.add(exit);
                        split.y = code.size();
                    }
                }
                for (Instruction exit : exits) exit.x = code.size();
            }
            case Repeat repeat -> emitRepeat(repeat);
        }
    }

    private void block(Op op, Node body, int y) {
        Instruction head = new Instruction(op, 0, y, CharSet.ANY);
        emit(head);
        emit(body);
        emit(Op.MATCH, 0, 0);
        head.x = code.size();
    }

    private void emitRepeat(Repeat repeat) {
        if (repeat.body instanceof One one && repeat.kind != '?') {
            emit(new Instruction(repeat.kind == '+' ? Op.POSSESSIVE : Op.GREEDY, repeat.min, repeat.max, one.set));
            return;
        }
        if (repeat.kind == '+') {
            block(Op.ATOMIC, new Repeat(repeat.body, repeat.min, repeat.max, ' '), 0);
            return;
        }
        boolean lazy = repeat.kind == '?';
        for (int i = 0; i < repeat.min; i++) emit(repeat.body);
        if (repeat.max == Integer.MAX_VALUE) {
            if (first(repeat.body, new long[2])) throw unsupported("an endless repeat of something that may be empty");
            Instruction split = new Instruction(Op.SPLIT, 0, 0, CharSet.ANY);
            int head = code.size();
            emit(split);
            emit(repeat.body);
            emit(Op.JUMP, head, 0);
            split.x = lazy ? code.size() : head + 1;
            split.y = lazy ? head + 1 : code.size();
            return;
        }
        List<Instruction> splits = new ArrayList<>();
        for (int i = repeat.min; i < repeat.max; i++) {
            Instruction split = new Instruction(Op.SPLIT, code.size() + 1, code.size() + 1, CharSet.ANY);
            emit(split);
            splits.add(split);
            emit(repeat.body);
        }
        for (Instruction split : splits) {
            if (lazy) split.x = code.size();
            else split.y = code.size();
        }
    }

    /** Adds the ASCII characters a match may begin with; true if it may also be empty or begin with anything. */
    private static boolean first(Node node, long[] ascii) {
        return switch (node) {
            case One one -> {
                for (int c = 0; c < 128; c++) if (one.set.has(c)) ascii[c >> 6] |= 1L << c;
                yield false;
            }
            case Sequence sequence -> {
                boolean empty = true;
                for (Node part : sequence.parts) {
                    empty = first(part, ascii);
                    if (!empty) break;
                }
                yield empty;
            }
            case Either either -> {
                boolean empty = false;
                for (Node branch : either.branches) empty |= first(branch, ascii);
                yield empty;
            }
            case Repeat repeat -> first(repeat.body, ascii) || repeat.min == 0 || repeat.max == 0;
            case Atomic atomic -> first(atomic.body, ascii);
            case Look _, Anchor _ -> true;
        };
    }
}
