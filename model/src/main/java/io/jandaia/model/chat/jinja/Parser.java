package io.jandaia.model.chat.jinja;

import io.jandaia.model.chat.jinja.Lexer.Kind;
import io.jandaia.model.chat.jinja.Lexer.Token;
import io.jandaia.model.chat.jinja.Node.Actuals;
import io.jandaia.model.chat.jinja.Node.Expression;
import io.jandaia.model.chat.jinja.Node.Statement;
import io.jandaia.model.chat.jinja.Node.Target;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes the syntax tree: statements by recursive descent, expressions by binding power (Pratt). */
final class Parser {

    /** Deeper nesting than any template needs, shallow enough for a small stack. */
    private static final int MAX_DEPTH = 150;

    private static final int OR = 1;
    private static final int AND = 2;
    private static final int NOT = 3;
    private static final int COMPARE = 4;
    private static final int ADD = 5;
    private static final int CONCAT = 6;
    private static final int MULTIPLY = 7;
    private static final int POWER = 8;

    private static final Map<String, Integer> POWERS = Map.ofEntries(
            Map.entry("==", COMPARE),
            Map.entry("!=", COMPARE),
            Map.entry("<", COMPARE),
            Map.entry("<=", COMPARE),
            Map.entry(">", COMPARE),
            Map.entry(">=", COMPARE),
            Map.entry("+", ADD),
            Map.entry("-", ADD),
            Map.entry("~", CONCAT),
            Map.entry("*", MULTIPLY),
            Map.entry("/", MULTIPLY),
            Map.entry("//", MULTIPLY),
            Map.entry("%", MULTIPLY),
            Map.entry("**", POWER));

    private final String source;
    private final List<Token> tokens;
    private int at;
    private int depth;
    private int loops;
    /** Inside an if statement, where an unknown filter or test is an error only once it is reached. */
    private boolean soft;
    /** Unknown filters and tests elsewhere; those of an inline if are taken out again. */
    private final List<Fault> unknown = new ArrayList<>();

    private Parser(String source) {
        this.source = source;
        this.tokens = Lexer.tokens(source);
    }

    /** The statements of a normalized source. */
    static List<Statement> parse(String source) {
        Parser parser = new Parser(source);
        List<Statement> statements = parser.statements(Set.of(), "");
        if (!parser.unknown.isEmpty()) {
            throw parser.unknown.getFirst();
        }
        return statements;
    }

    // Statements

    /** Statements up to one of the tags {@code ends}, whose name becomes the current token. */
    private List<Statement> statements(Set<String> ends, String opener) {
        List<Statement> list = new ArrayList<>();
        while (true) {
            Token token = next();
            switch (token.kind()) {
                case DATA -> list.add(new Node.Data(token.line(), Text.of(token.text())));
                case VARIABLE_BEGIN -> {
                    list.add(new Node.Output(token.line(), tuple(true)));
                    expect(Kind.VARIABLE_END);
                }
                case BLOCK_BEGIN -> {
                    Token name = current();
                    if (name.kind() == Kind.NAME && ends.contains(name.text())) {
                        return list;
                    }
                    deeper();
                    list.add(statement(opener));
                    depth--;
                    expect(Kind.BLOCK_END);
                }
                default -> {
                    if (ends.isEmpty()) {
                        return list;
                    }
                    throw error(
                            "Unexpected end of template. The block '" + opener + "' needs to be closed by one of "
                                    + ends,
                            token);
                }
            }
        }
    }

    private Statement statement(String opener) {
        Token token = next();
        if (token.kind() != Kind.NAME) {
            throw error("tag name expected", token);
        }
        int line = token.line();
        return switch (token.text()) {
            case "for" -> loop(line);
            case "if" -> condition(line);
            case "set" -> set(line);
            case "with" -> with(line);
            case "macro" ->
                new Node.MacroDefinition(line, routine(expect(Kind.NAME).text(), "macro", "endmacro"));
            case "call" -> call(token);
            case "filter" -> {
                Expression filter = filters(null, true);
                yield new Node.FilterBlock(line, filter, hardBody("filter", "endfilter"));
            }
            case "print" -> print(line);
            case "generation" -> new Node.Generation(line, function("generation", "endgeneration"));
            case "block" -> block(line);
            case "break", "continue" -> {
                if (loops == 0) {
                    throw error("'" + token.text() + "' outside loop", token);
                }
                yield token.text().equals("break") ? new Node.Break(line) : new Node.Continue(line);
            }
            case "include", "import", "from", "extends" ->
                throw new Fault(
                        Fault.Type.UNSUPPORTED,
                        "line " + line + ": '" + token.text()
                                + "' needs other templates, and a chat template is alone");
            case "autoescape" ->
                throw new Fault(Fault.Type.UNSUPPORTED, "line " + line + ": 'autoescape' (a prompt is not HTML)");
            default ->
                throw error(
                        "Encountered unknown tag '" + token.text() + "'"
                                + (opener.isEmpty() ? "" : " inside the block '" + opener + "'"),
                        token);
        };
    }

    /** The body of a block, through its end tag. */
    private List<Statement> body(String opener, String end) {
        List<Statement> list = open(opener, Set.of(end));
        next();
        return list;
    }

    /** A body in which unknown filters are reported at once, since it gets a scope of its own. */
    private List<Statement> hardBody(String opener, String end) {
        boolean before = soft;
        soft = false;
        List<Statement> list = body(opener, end);
        soft = before;
        return list;
    }

    /** A body that a break or continue cannot leave. */
    private List<Statement> function(String opener, String end) {
        int outer = loops;
        loops = 0;
        List<Statement> list = hardBody(opener, end);
        loops = outer;
        return list;
    }

    private List<Statement> open(String opener, Set<String> ends) {
        skip(":");
        expect(Kind.BLOCK_END);
        return statements(ends, opener);
    }

    private Statement loop(int line) {
        Target target = target(true, false);
        Token in = next();
        if (!in.name("in")) {
            throw error("expected 'in', found " + in.describe(), in);
        }
        Expression iterable = tuple(false);
        boolean before = soft;
        soft = false;
        Expression test = skipName("if") ? expression() : null;
        boolean recursive = skipName("recursive");
        loops++;
        List<Statement> body = open("for", Set.of("endfor", "else"));
        loops--;
        List<Statement> otherwise = next().name("else") ? body("for", "endfor") : List.of();
        soft = before;
        return new Node.For(line, target, iterable, test, recursive, body, otherwise);
    }

    private Statement condition(int line) {
        boolean before = soft;
        soft = true;
        Expression test = tuple(false);
        List<Statement> then = open("if", Set.of("elif", "else", "endif"));
        Token end = next();
        List<Statement> otherwise = List.of();
        if (end.name("elif")) {
            deeper();
            otherwise = List.of(condition(current().line()));
            depth--;
        } else if (end.name("else")) {
            otherwise = body("if", "endif");
        }
        soft = before;
        return new Node.If(line, test, then, otherwise);
    }

    private Statement set(int line) {
        Target target = target(false, true);
        if (skip("=")) {
            return new Node.Set(line, target, tuple(true));
        }
        Expression filter = current().operator("|") ? filters(null, false) : null;
        return new Node.SetBlock(line, target, filter, hardBody("set", "endset"));
    }

    private Statement with(int line) {
        List<Target> targets = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (current().kind() != Kind.BLOCK_END) {
            if (!targets.isEmpty()) {
                operator(",");
            }
            targets.add(target(false, false));
            operator("=");
            values.add(expression());
        }
        return new Node.With(line, targets, values, hardBody("with", "endwith"));
    }

    private Statement call(Token token) {
        List<String> parameters = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        if (current().operator("(")) {
            signature(parameters, defaults);
        }
        Token start = current();
        if (!(expression() instanceof Node.Call call)) {
            throw error("expected call", start);
        }
        return new Node.CallBlock(token.line(), routine("", parameters, defaults, "call", "endcall"), call);
    }

    private Statement print(int line) {
        List<Expression> parts = new ArrayList<>();
        while (current().kind() != Kind.BLOCK_END) {
            if (!parts.isEmpty()) {
                operator(",");
            }
            parts.add(expression());
        }
        return new Node.Output(line, new Node.Concatenation(line, parts));
    }

    private Statement block(int line) {
        String name = expect(Kind.NAME).text();
        boolean scoped = skipName("scoped");
        if (skipName("required")) {
            throw new Fault(
                    Fault.Type.UNSUPPORTED, "line " + line + ": required blocks need a template that extends this");
        }
        List<Statement> body = hardBody("block", "endblock");
        skipName(name);
        return new Node.Block(line, name, scoped, body);
    }

    private Node.Routine routine(String name, String opener, String end) {
        List<String> parameters = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        signature(parameters, defaults);
        return routine(name, parameters, defaults, opener, end);
    }

    private Node.Routine routine(
            String name, List<String> parameters, List<Expression> defaults, String opener, String end) {
        int start = at;
        List<Statement> body = function(opener, end);
        boolean caller = mentions("caller", start);
        if (caller
                && parameters.contains("caller")
                && parameters.indexOf("caller") < parameters.size() - defaults.size()) {
            throw error(
                    "When defining macros or call blocks the special \"caller\" argument must be omitted or be given a"
                            + " default.",
                    tokens.get(start));
        }
        return new Node.Routine(
                name,
                List.copyOf(parameters),
                List.copyOf(defaults),
                body,
                caller && !parameters.contains("caller"),
                mentions("kwargs", start) && !parameters.contains("kwargs"),
                mentions("varargs", start) && !parameters.contains("varargs"));
    }

    /** Whether the tokens since {@code start} read a name: neither an attribute, nor a keyword of a call. */
    private boolean mentions(String name, int start) {
        for (int i = start; i < at; i++) {
            if (tokens.get(i).name(name)
                    && !tokens.get(i - 1).operator(".")
                    && !tokens.get(i + 1).operator("=")) {
                return true;
            }
        }
        return false;
    }

    private void signature(List<String> parameters, List<Expression> defaults) {
        operator("(");
        while (!current().operator(")")) {
            if (!parameters.isEmpty()) {
                operator(",");
            }
            Token name = expect(Kind.NAME);
            if (parameters.contains(name.text())) {
                throw error("duplicate parameter '" + name.text() + "'", name);
            }
            if (skip("=")) {
                defaults.add(expression());
            } else if (!defaults.isEmpty()) {
                throw error("non-default argument follows default argument", name);
            }
            parameters.add(name.text());
        }
        operator(")");
    }

    private Target target(boolean loop, boolean namespace) {
        int line = current().line();
        List<Target> targets = new ArrayList<>();
        boolean tuple = false;
        while (true) {
            Token token = current();
            if (token.operator(")") || token.kind() == Kind.BLOCK_END) {
                break;
            }
            targets.add(simpleTarget(loop, namespace));
            if (!current().operator(",")) {
                break;
            }
            next();
            tuple = true;
        }
        if (targets.isEmpty()) {
            throw error("expected a name to assign to, found " + current().describe(), current());
        }
        return tuple ? new Node.TupleTarget(line, targets) : targets.getFirst();
    }

    private Target simpleTarget(boolean loop, boolean namespace) {
        Token token = next();
        if (token.operator("(")) {
            deeper();
            Target inner = target(false, namespace);
            depth--;
            operator(")");
            return inner;
        }
        if (token.kind() != Kind.NAME
                || Set.of("true", "false", "none", "True", "False", "None").contains(token.text())) {
            throw error("can't assign to " + token.describe(), token);
        }
        if (namespace && skip(".")) {
            return new Node.NamespaceTarget(
                    token.line(), token.text(), expect(Kind.NAME).text());
        }
        if (token.text().equals("loop") && (loop || loops > 0)) {
            throw error("Can't assign to special loop variable in for-loop target", token);
        }
        return new Node.NameTarget(token.line(), token.text());
    }

    // Expressions

    private Expression expression() {
        deeper();
        Token start = current();
        int before = unknown.size();
        Expression value = binary(OR);
        while (skipName("if")) {
            Expression test = binary(OR);
            Expression otherwise = skipName("else") ? expression() : null;
            value = new Node.Conditional(start.line(), test, value, otherwise);
            unknown.subList(before, unknown.size()).clear();
        }
        depth--;
        return value;
    }

    /** Comma-separated expressions make a tuple; one alone is itself. */
    private Expression tuple(boolean conditional) {
        int line = current().line();
        List<Expression> items = new ArrayList<>();
        boolean tuple = false;
        while (true) {
            Token token = current();
            if (token.kind() == Kind.VARIABLE_END || token.kind() == Kind.BLOCK_END || token.operator(")")) {
                break;
            }
            items.add(conditional ? expression() : nested());
            if (!skip(",")) {
                break;
            }
            tuple = true;
        }
        if (items.isEmpty()) {
            throw error("Expected an expression, got " + current().describe(), current());
        }
        return tuple ? new Node.TupleLiteral(line, items) : items.getFirst();
    }

    /** An expression without inline if. */
    private Expression nested() {
        deeper();
        Expression value = binary(OR);
        depth--;
        return value;
    }

    private Expression binary(int least) {
        Token start = current();
        Expression left;
        if (start.name("not") && least <= NOT) {
            next();
            deeper();
            left = new Node.Unary(start.line(), "not", binary(NOT));
            depth--;
        } else {
            left = unary(true);
        }
        while (true) {
            Token token = current();
            int power = power(token);
            if (power < least || power == 0) {
                return left;
            }
            if (power == COMPARE) {
                left = comparison(left, start.line());
            } else if (power == CONCAT) {
                List<Expression> parts = new ArrayList<>(List.of(left));
                while (skip("~")) {
                    parts.add(binary(CONCAT + 1));
                }
                left = new Node.Concatenation(start.line(), parts);
            } else {
                next();
                deeper();
                left = new Node.Binary(token.line(), token.text(), left, binary(power + 1));
                depth--;
            }
        }
    }

    private int power(Token token) {
        if (token.kind() == Kind.OPERATOR) {
            return POWERS.getOrDefault(token.text(), 0);
        }
        if (token.kind() != Kind.NAME) {
            return 0;
        }
        return switch (token.text()) {
            case "or" -> OR;
            case "and" -> AND;
            case "in" -> COMPARE;
            case "not" -> tokens.get(at + 1).name("in") ? COMPARE : 0;
            default -> 0;
        };
    }

    private Expression comparison(Expression first, int line) {
        List<Expression> operands = new ArrayList<>(List.of(first));
        List<String> operators = new ArrayList<>();
        while (power(current()) == COMPARE) {
            String operator = next().text();
            if (operator.equals("not")) {
                next();
                operator = "not in";
            }
            operators.add(operator);
            operands.add(binary(ADD));
        }
        return new Node.Comparison(line, operands, operators);
    }

    private Expression unary(boolean filtered) {
        Token token = current();
        Expression value;
        if (token.operator("-") || token.operator("+")) {
            next();
            deeper();
            value = new Node.Unary(token.line(), token.text(), unary(false));
            depth--;
        } else {
            value = primary();
        }
        value = postfix(value);
        return filtered ? filtersAndTests(value) : value;
    }

    private Expression primary() {
        Token token = next();
        int line = token.line();
        switch (token.kind()) {
            case NAME -> {
                return switch (token.text()) {
                    case "true", "True" -> new Node.Constant(line, Value.Bool.TRUE);
                    case "false", "False" -> new Node.Constant(line, Value.Bool.FALSE);
                    case "none", "None" -> new Node.Constant(line, Value.None.NONE);
                    default -> new Node.Name(line, token.text());
                };
            }
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (current().kind() == Kind.STRING) {
                    text.append(next().text());
                }
                return new Node.Constant(line, Text.of(text.toString()));
            }
            case INTEGER -> {
                if (token.text().length() > 4300) {
                    throw error("an integer of more than 4300 digits", token);
                }
                return new Node.Constant(line, new Value.Int(new BigInteger(token.text())));
            }
            case FLOAT -> {
                return new Node.Constant(line, new Value.Real(Double.parseDouble(token.text())));
            }
            default -> {}
        }
        if (token.operator("(")) {
            Expression value = current().operator(")") ? new Node.TupleLiteral(line, List.of()) : tuple(true);
            operator(")");
            return value;
        }
        if (token.operator("[")) {
            List<Expression> items = new ArrayList<>();
            while (!current().operator("]")) {
                items.add(expression());
                if (!skip(",")) {
                    break;
                }
            }
            operator("]");
            return new Node.ListLiteral(line, items);
        }
        if (token.operator("{")) {
            List<Expression> keys = new ArrayList<>();
            List<Expression> values = new ArrayList<>();
            while (!current().operator("}")) {
                keys.add(expression());
                operator(":");
                values.add(expression());
                if (!skip(",")) {
                    break;
                }
            }
            operator("}");
            return new Node.DictLiteral(line, keys, values);
        }
        throw error("unexpected " + token.describe(), token);
    }

    private Expression postfix(Expression value) {
        Expression result = value;
        while (true) {
            Token token = current();
            if (token.operator(".")) {
                next();
                Token name = next();
                result = switch (name.kind()) {
                    case NAME -> new Node.Attribute(token.line(), result, name.text());
                    case INTEGER ->
                        new Node.Item(
                                token.line(),
                                result,
                                new Node.Constant(name.line(), new Value.Int(new BigInteger(name.text()))));
                    default -> throw error("expected name or number", name);
                };
            } else if (token.operator("[")) {
                next();
                result = new Node.Item(token.line(), result, subscript(token.line()));
            } else if (token.operator("(")) {
                result = new Node.Call(token.line(), result, actuals());
            } else {
                return result;
            }
        }
    }

    private Expression subscript(int line) {
        List<Expression> keys = new ArrayList<>();
        boolean tuple = false;
        while (!current().operator("]")) {
            if (!keys.isEmpty()) {
                operator(",");
                tuple = true;
            }
            keys.add(slice());
        }
        operator("]");
        if (keys.isEmpty()) {
            return new Node.TupleLiteral(line, List.of());
        }
        return tuple ? new Node.TupleLiteral(line, keys) : keys.getFirst();
    }

    private Expression slice() {
        int line = current().line();
        Expression start = current().operator(":") ? null : expression();
        if (!skip(":")) {
            if (start == null) {
                throw error("expected subscript expression", current());
            }
            return start;
        }
        Expression stop = sliceEnd() ? null : expression();
        Expression step = skip(":") && !sliceEnd() ? expression() : null;
        return new Node.Slice(line, start, stop, step);
    }

    private boolean sliceEnd() {
        Token token = current();
        return token.operator(":") || token.operator("]") || token.operator(",");
    }

    private Actuals actuals() {
        Token open = next();
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        Expression positionalRest = null;
        Expression namedRest = null;
        while (!current().operator(")")) {
            boolean valid;
            if (skip("*")) {
                valid = positionalRest == null && namedRest == null;
                positionalRest = expression();
            } else if (skip("**")) {
                valid = namedRest == null;
                namedRest = expression();
            } else if (current().kind() == Kind.NAME && tokens.get(at + 1).operator("=")) {
                String name = next().text();
                next();
                valid = namedRest == null && named.put(name, expression()) == null;
            } else {
                valid = positionalRest == null && namedRest == null && named.isEmpty();
                positional.add(expression());
            }
            if (!valid) {
                throw error("invalid syntax for function call expression", open);
            }
            if (!current().operator(")")) {
                operator(",");
            }
        }
        operator(")");
        return new Actuals(positional, named, positionalRest, namedRest);
    }

    private Expression filtersAndTests(Expression value) {
        Expression result = value;
        while (true) {
            Token token = current();
            if (token.operator("|")) {
                result = filters(result, false);
            } else if (token.name("is")) {
                result = test(result);
            } else if (token.operator("(")) {
                result = new Node.Call(token.line(), result, actuals());
            } else {
                return result;
            }
        }
    }

    /** One or more filters; {@code inline} when the first comes without a bar, as after the tag filter. */
    private Expression filters(@Nullable Expression operand, boolean inline) {
        Expression result = operand;
        boolean bare = inline;
        while (bare || current().operator("|")) {
            if (!bare) {
                next();
            }
            bare = false;
            Token token = expect(Kind.NAME);
            String name = dotted(token);
            if (!soft && !Filters.NAMES.contains(name)) {
                unknown.add(error("No filter named '" + name + "'", token));
            }
            Actuals actuals = current().operator("(") ? actuals() : Actuals.NONE;
            result = new Node.Filter(token.line(), result, name, actuals);
        }
        if (result == null) {
            throw error("expected a filter", current());
        }
        return result;
    }

    private String dotted(Token first) {
        StringBuilder name = new StringBuilder(first.text());
        while (skip(".")) {
            name.append('.').append(expect(Kind.NAME).text());
        }
        return name.toString();
    }

    private Expression test(Expression operand) {
        Token is = next();
        boolean negated = skipName("not");
        Token token = expect(Kind.NAME);
        String name = dotted(token);
        if (!soft && !Predicates.NAMES.contains(name)) {
            unknown.add(error("No test named '" + name + "'", token));
        }
        Actuals actuals = Actuals.NONE;
        Token following = current();
        if (following.operator("(")) {
            actuals = actuals();
        } else if (startsOperand(following)) {
            if (following.name("is")) {
                throw error("You cannot chain multiple tests with is", following);
            }
            actuals = new Actuals(List.of(postfix(primary())), Map.of(), null, null);
        }
        Expression test = new Node.Test(is.line(), operand, name, actuals);
        return negated ? new Node.Unary(is.line(), "not", test) : test;
    }

    private static boolean startsOperand(Token token) {
        return switch (token.kind()) {
            case NAME -> !Set.of("else", "or", "and").contains(token.text());
            case STRING, INTEGER, FLOAT -> true;
            default -> token.operator("[") || token.operator("{");
        };
    }

    // Tokens

    private Token current() {
        return tokens.get(at);
    }

    private Token next() {
        Token token = tokens.get(at);
        if (token.kind() != Kind.END) {
            at++;
        }
        return token;
    }

    private Token expect(Kind kind) {
        Token token = next();
        if (token.kind() != kind) {
            String expected = new Token(kind, "name", 0, 0).describe();
            throw error("expected " + (kind == Kind.NAME ? "a name" : expected) + ", found " + token.describe(), token);
        }
        return token;
    }

    private void operator(String name) {
        Token token = next();
        if (!token.operator(name)) {
            throw error("expected '" + name + "', found " + token.describe(), token);
        }
    }

    private boolean skip(String operator) {
        boolean found = current().operator(operator);
        if (found) {
            at++;
        }
        return found;
    }

    private boolean skipName(String name) {
        boolean found = current().name(name);
        if (found) {
            at++;
        }
        return found;
    }

    private void deeper() {
        if (++depth > MAX_DEPTH) {
            throw error("nested more than " + MAX_DEPTH + " levels deep", current());
        }
    }

    private Fault error(String message, Token token) {
        return Lexer.error(source, message, token.at());
    }
}
