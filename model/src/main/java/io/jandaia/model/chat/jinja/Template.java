package io.jandaia.model.chat.jinja;

import io.jandaia.error.JandaiaException;
import io.jandaia.error.JandaiaException.Kind;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/** A parsed template: immutable, for any number of threads and renderings. */
public final class Template {

    private final List<Node.Statement> statements;
    private final Shadows shadows;

    private Template(List<Node.Statement> statements) {
        this.statements = statements;
        this.shadows = Shadows.of(statements);
    }

    /** Parses. Errors: FORMAT with line, column and cause; UNSUPPORTED for what needs other templates. */
    public static Template of(String source) {
        try {
            return new Template(Parser.parse(Lexer.normalize(source)));
        } catch (Fault fault) {
            throw fault.type == Fault.Type.UNSUPPORTED
                    ? new JandaiaException(Kind.UNSUPPORTED, "The chat template cannot be used: " + fault.cause() + ".")
                    : new JandaiaException(
                            Kind.FORMAT,
                            "The chat template is not valid Jinja: " + fault.cause()
                                    + "; correct the template or use another.");
        } catch (StackOverflowError e) {
            throw new JandaiaException(Kind.FORMAT, "The chat template is nested too deeply to be read.");
        }
    }

    /**
     * Renders with these variables. Errors: USAGE where the template refuses or cannot digest them, RESOURCE where a limit
     * ends it, UNSUPPORTED for filters that exist but not here.
     */
    public Text render(Map<String, Value> variables, Clock clock, long steps, int depth, int characters) {
        Interpreter interpreter = new Interpreter(new Budget(steps, depth, characters), clock, shadows, variables);
        try {
            return interpreter.render(statements);
        } catch (Fault fault) {
            throw error(fault, interpreter.line);
        } catch (StackOverflowError e) {
            throw error(Fault.resource("more nested evaluations than this thread's stack holds"), interpreter.line);
        }
    }

    private static JandaiaException error(Fault fault, int line) {
        return switch (fault.type) {
            case RAISED ->
                new JandaiaException(
                        Kind.USAGE,
                        "The chat template refuses this conversation (line " + line + "): " + fault.cause());
            case RESOURCE ->
                new JandaiaException(
                        Kind.RESOURCE,
                        "The chat template was stopped at line " + line + " because it wanted " + fault.cause() + ".");
            case UNSUPPORTED ->
                new JandaiaException(
                        Kind.UNSUPPORTED,
                        "The chat template uses at line " + line + " what is not supported: " + fault.cause() + ".");
            case SYNTAX ->
                new JandaiaException(
                        Kind.FORMAT, "The chat template is not valid Jinja: line " + line + ": " + fault.cause());
            default ->
                new JandaiaException(
                        Kind.USAGE,
                        "The chat template cannot render this conversation: line " + line + ": " + fault.cause()
                                + "; look at the messages, or use another template.");
        };
    }
}
