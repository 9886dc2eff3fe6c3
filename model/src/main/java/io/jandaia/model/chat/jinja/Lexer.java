package io.jandaia.model.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Cuts a template into tokens, with the whitespace rules of the reference: a newline after a block or comment goes, blanks
 * before one that starts its line go, {@code -} takes all whitespace on its side and {@code +} keeps it.
 */
final class Lexer {

    /** Kinds of tokens. */
    enum Kind {
        DATA,
        BLOCK_BEGIN,
        BLOCK_END,
        VARIABLE_BEGIN,
        VARIABLE_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    /** A token; {@code at} is its offset in the source, of which errors make line and column. */
    record Token(Kind kind, String text, int line, int at) {

        boolean operator(String name) {
            return kind == Kind.OPERATOR && text.equals(name);
        }

        boolean name(String name) {
            return kind == Kind.NAME && text.equals(name);
        }

        String describe() {
            return switch (kind) {
                case BLOCK_BEGIN -> "begin of statement block";
                case BLOCK_END -> "end of statement block";
                case VARIABLE_BEGIN -> "begin of print statement";
                case VARIABLE_END -> "end of print statement";
                case END -> "end of template";
                case DATA -> "template data";
                default -> "'" + text + "'";
            };
        }
    }

    private static final String[] OPERATORS = {
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=",
        ".", ":", "|", ",", ";"
    };

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private int lineCounted;
    /** The last tag took a newline with it (or nothing came yet): blanks before the next tag start a line. */
    private boolean lineStarting = true;

    private Lexer(String source) {
        this.source = source;
    }

    /** Newlines as the template sees them: one kind, and not the last one of the file. */
    static String normalize(String source) {
        String unix = source.replace("\r\n", "\n").replace('\r', '\n');
        return unix.endsWith("\n") ? unix.substring(0, unix.length() - 1) : unix;
    }

    /** Tokens of a normalized source, ending with one of kind END. */
    static List<Token> tokens(String source) {
        Lexer lexer = new Lexer(source);
        lexer.root();
        return lexer.tokens;
    }

    private void root() {
        while (at < source.length()) {
            int open = nextTag(at);
            if (open < 0) {
                data(at, source.length());
                at = source.length();
                break;
            }
            char kind = source.charAt(open + 1);
            int raw = kind == '%' ? rawBegin(open) : -1;
            int inside = open + 2;
            char sign = inside < source.length() ? source.charAt(inside) : ' ';
            data(at, strip(at, open, sign, kind == '{'));
            if (raw >= 0) {
                raw(open, raw);
                continue;
            }
            if (sign == '-' || sign == '+') {
                inside++;
            }
            if (kind == '#') {
                comment(open, inside);
            } else {
                add(kind == '{' ? Kind.VARIABLE_BEGIN : Kind.BLOCK_BEGIN, open, inside);
                at = inside;
                tag(kind == '{', open);
            }
        }
        add(Kind.END, source.length(), source.length());
    }

    private int nextTag(int from) {
        for (int i = source.indexOf('{', from); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            char next = source.charAt(i + 1);
            if (next == '{' || next == '%' || next == '#') {
                return i;
            }
        }
        return -1;
    }

    /** Where the data before a tag ends, after stripping. */
    private int strip(int from, int open, char sign, boolean variable) {
        if (sign == '-') {
            int end = open;
            while (end > from && Characters.isSpace(source.charAt(end - 1))) {
                end--;
            }
            return end;
        }
        if (sign == '+' || variable) {
            return open;
        }
        int lineStart = Math.max(source.lastIndexOf('\n', open - 1) + 1, from);
        boolean whole = lineStart > from || lineStarting;
        for (int i = lineStart; i < open && whole; i++) {
            whole = Characters.isSpace(source.charAt(i));
        }
        return whole ? lineStart : open;
    }

    /** The end of {@code {% raw %}} with its whitespace, -1 if the tag at {@code open} is another. */
    private int rawBegin(int open) {
        int i = open + 2;
        if (i < source.length() && (source.charAt(i) == '-' || source.charAt(i) == '+')) {
            i++;
        }
        i = spaces(i);
        if (!source.startsWith("raw", i)) {
            return -1;
        }
        i = spaces(i + 3);
        if (source.startsWith("-%}", i)) {
            return spaces(i + 3);
        }
        return source.startsWith("%}", i) ? i + 2 : -1;
    }

    private void raw(int open, int begin) {
        lineStarting = source.charAt(begin - 1) == '\n';
        at = begin;
        for (int end = source.indexOf("{%", begin); end >= 0; end = source.indexOf("{%", end + 1)) {
            int i = end + 2;
            char sign = i < source.length() ? source.charAt(i) : ' ';
            if (sign == '-' || sign == '+') {
                i++;
            }
            i = spaces(i);
            if (!source.startsWith("endraw", i)) {
                continue;
            }
            int close = blockEnd(spaces(i + 6));
            if (close >= 0) {
                data(begin, strip(begin, end, sign, false));
                at = close;
                lineStarting = source.charAt(close - 1) == '\n';
                return;
            }
        }
        throw error("Missing end of raw directive", open);
    }

    private void comment(int open, int inside) {
        int close = source.indexOf("#}", inside);
        if (close < 0) {
            throw error("Missing end of comment tag", open);
        }
        char sign = close > inside ? source.charAt(close - 1) : ' ';
        at = close + 2;
        if (sign == '-') {
            at = spaces(at);
        } else if (sign != '+' && at < source.length() && source.charAt(at) == '\n') {
            at++;
        }
        lineStarting = source.charAt(at - 1) == '\n';
    }

    /** Where a block that closes at {@code i} ends, with the whitespace that goes with it; -1 if it does not close here. */
    private int blockEnd(int i) {
        if (source.startsWith("+%}", i)) {
            return i + 3;
        }
        if (source.startsWith("-%}", i)) {
            return spaces(i + 3);
        }
        if (source.startsWith("%}", i)) {
            return i + 2 < source.length() && source.charAt(i + 2) == '\n' ? i + 3 : i + 2;
        }
        return -1;
    }

    private int variableEnd(int i) {
        if (source.startsWith("-}}", i)) {
            return spaces(i + 3);
        }
        return source.startsWith("}}", i) ? i + 2 : -1;
    }

    private int spaces(int i) {
        while (i < source.length() && Characters.isSpace(source.charAt(i))) {
            i++;
        }
        return i;
    }

    /** The inside of a tag. Its end counts only where all brackets are closed: {@code {{ {"a": {}} }}}. */
    private void tag(boolean variable, int open) {
        Deque<Character> brackets = new ArrayDeque<>();
        while (true) {
            if (brackets.isEmpty()) {
                int end = variable ? variableEnd(at) : blockEnd(at);
                if (end >= 0) {
                    add(variable ? Kind.VARIABLE_END : Kind.BLOCK_END, at, end);
                    at = end;
                    lineStarting = source.charAt(end - 1) == '\n';
                    return;
                }
            }
            if (at >= source.length()) {
                // The parser reports it, since it knows what it was looking for.
                lineStarting = false;
                return;
            }
            char c = source.charAt(at);
            if (Characters.isSpace(c)) {
                at++;
            } else if (c >= '0' && c <= '9') {
                number();
            } else if (c == '_' || Character.isUnicodeIdentifierStart(source.codePointAt(at))) {
                name();
            } else if (c == '\'' || c == '"') {
                string(c, open);
            } else {
                operator(brackets);
            }
        }
    }

    private void name() {
        int end = at;
        while (end < source.length()) {
            int c = source.codePointAt(end);
            if (!(Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c))) {
                break;
            }
            end += Character.charCount(c);
        }
        if (end == at) {
            throw error("unexpected char '" + Character.toString(source.codePointAt(at)) + "'", at);
        }
        add(Kind.NAME, at, end);
        at = end;
    }

    private void operator(Deque<Character> brackets) {
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, at)) {
                switch (operator) {
                    case "{" -> brackets.push('}');
                    case "(" -> brackets.push(')');
                    case "[" -> brackets.push(']');
                    case "}", ")", "]" -> {
                        if (brackets.isEmpty()) {
                            throw error("unexpected '" + operator + "'", at);
                        }
                        char expected = brackets.pop();
                        if (expected != operator.charAt(0)) {
                            throw error("unexpected '" + operator + "', expected '" + expected + "'", at);
                        }
                    }
                    default -> {}
                }
                add(Kind.OPERATOR, at, at + operator.length());
                at += operator.length();
                return;
            }
        }
        throw error("unexpected char '" + Character.toString(source.codePointAt(at)) + "'", at);
    }

    private void number() {
        int i = digits(at, 10);
        boolean real = false;
        // "x.0.1" is two subscripts, not a float: a float never follows a dot.
        boolean mayBeReal = at == 0 || source.charAt(at - 1) != '.';
        if (mayBeReal) {
            int fraction = source.startsWith(".", i) ? digits(i + 1, 10) : -1;
            int end = fraction > i + 1 ? fraction : i;
            real = end > i;
            if (end < source.length() && (source.charAt(end) == 'e' || source.charAt(end) == 'E')) {
                int exponent = end + 1;
                if (exponent < source.length() && (source.charAt(exponent) == '+' || source.charAt(exponent) == '-')) {
                    exponent++;
                }
                int last = digits(exponent, 10);
                if (last > exponent) {
                    end = last;
                    real = true;
                }
            }
            i = end;
        }
        if (real) {
            add(Kind.FLOAT, source.substring(at, i).replace("_", ""), at);
            at = i;
            return;
        }
        int radix = 10;
        if (source.charAt(at) == '0' && at + 1 < source.length()) {
            radix = switch (source.charAt(at + 1)) {
                case 'b', 'B' -> 2;
                case 'o', 'O' -> 8;
                case 'x', 'X' -> 16;
                default -> 10;
            };
        }
        if (radix != 10) {
            int start = source.startsWith("_", at + 2) ? at + 3 : at + 2;
            int end = digits(start, radix);
            if (end > start) {
                String digits = source.substring(start, end).replace("_", "");
                add(Kind.INTEGER, new BigInteger(digits, radix).toString(), at);
                at = end;
                return;
            }
        }
        int end = at + 1;
        if (source.charAt(at) == '0') {
            while (source.startsWith("0", end) || source.startsWith("_0", end)) {
                end += source.charAt(end) == '_' ? 2 : 1;
            }
        } else {
            end = digits(at, 10);
        }
        add(Kind.INTEGER, source.substring(at, end).replace("_", ""), at);
        at = end;
    }

    /** The end of digits that single underscores may separate. */
    private int digits(int from, int radix) {
        int i = from;
        while (i < source.length()) {
            if (digit(i, radix)) {
                i++;
            } else if (i > from && source.charAt(i) == '_' && digit(i + 1, radix)) {
                i += 2;
            } else {
                break;
            }
        }
        return i;
    }

    private boolean digit(int i, int radix) {
        return i < source.length() && source.charAt(i) < 128 && Character.digit(source.charAt(i), radix) >= 0;
    }

    private void string(char quote, int open) {
        int start = at;
        StringBuilder value = new StringBuilder();
        int i = at + 1;
        while (true) {
            if (i >= source.length()) {
                throw error("unexpected char '" + quote + "'", start);
            }
            char c = source.charAt(i++);
            if (c == quote) {
                break;
            }
            if (c != '\\') {
                value.append(c);
                continue;
            }
            if (i >= source.length()) {
                throw error("unexpected char '" + quote + "'", open);
            }
            i = escape(i, value);
        }
        add(Kind.STRING, value.toString(), start);
        at = i;
    }

    /** One escape of Python's string literals, {@code i} after the backslash; returns where it ends. */
    private int escape(int i, StringBuilder value) {
        char c = source.charAt(i);
        switch (c) {
            case '\n' -> {}
            case '\\', '\'', '"' -> value.append(c);
            case 'a' -> value.append('\u0007');
            case 'b' -> value.append('\b');
            case 'f' -> value.append('\f');
            case 'n' -> value.append('\n');
            case 'r' -> value.append('\r');
            case 't' -> value.append('\t');
            case 'v' -> value.append('\u000b');
            case 'x' -> {
                return codePoint(i, 2, value);
            }
            case 'u' -> {
                return codePoint(i, 4, value);
            }
            case 'U' -> {
                return codePoint(i, 8, value);
            }
            case 'N' -> {
                int end = source.indexOf('}', i);
                if (!source.startsWith("{", i + 1) || end < 0) {
                    throw error("malformed \\N character escape", i - 1);
                }
                try {
                    value.appendCodePoint(Character.codePointOf(source.substring(i + 2, end)));
                } catch (IllegalArgumentException e) {
                    throw error("unknown Unicode character name", i - 1);
                }
                return end + 1;
            }
            default -> {
                if (c >= '0' && c <= '7') {
                    int end = i;
                    int number = 0;
                    while (end < source.length() && end < i + 3 && digit(end, 8)) {
                        number = number * 8 + source.charAt(end++) - '0';
                    }
                    value.append((char) number);
                    return end;
                }
                value.append('\\').append(c);
            }
        }
        return i + 1;
    }

    private int codePoint(int i, int count, StringBuilder value) {
        int number = 0;
        for (int k = i + 1; k <= i + count; k++) {
            if (!digit(k, 16) || number > 0x10ffff) {
                throw error("truncated \\" + source.charAt(i) + " escape", i - 1);
            }
            number = number * 16 + Character.digit(source.charAt(k), 16);
        }
        if (!Character.isValidCodePoint(number)) {
            throw error("illegal Unicode character", i - 1);
        }
        value.appendCodePoint(number);
        return i + 1 + count;
    }

    private void data(int from, int to) {
        if (to > from) {
            add(Kind.DATA, from, to);
        }
    }

    private void add(Kind kind, int from, int to) {
        add(kind, source.substring(from, to), from);
    }

    private void add(Kind kind, String text, int from) {
        for (; lineCounted < from; lineCounted++) {
            if (source.charAt(lineCounted) == '\n') {
                line++;
            }
        }
        tokens.add(new Token(kind, text, line, from));
    }

    private Fault error(String message, int at) {
        return error(source, message, at);
    }

    /** A syntax error with line and column, both from 1. */
    static Fault error(String source, String message, int at) {
        int line = 1;
        int start = 0;
        for (int i = 0; i < Math.min(at, source.length()); i++) {
            if (source.charAt(i) == '\n') {
                line++;
                start = i + 1;
            }
        }
        return new Fault(
                Fault.Type.SYNTAX,
                "line " + line + ", column " + (source.codePointCount(start, Math.min(at, source.length())) + 1) + ": "
                        + message);
    }
}
