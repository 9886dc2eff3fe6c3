package io.jandaia.error;

import org.jspecify.annotations.Nullable;

/**
 * The one exception that Jandaia throws on purpose. The message is one sentence for people: the operation, what was
 * expected, what was found, where, and the next step. The {@link Kind} is what programs act on: the command line maps it
 * to an exit code, a server to a status.
 */
public final class JandaiaException extends RuntimeException {

    /** Whose turn it is after the error. */
    public enum Kind {
        /** The caller asked for something that cannot be: a wrong option, a value out of range, a prompt too long. */
        USAGE,
        /** A named thing (model, file, tensor) is not here. */
        NOT_FOUND,
        /** A file or message is damaged, truncated, hostile or contradicts itself. */
        FORMAT,
        /** A well-formed thing that this version cannot do. */
        UNSUPPORTED,
        /** Memory, disk or another limit of this machine or of its configuration is exhausted. */
        RESOURCE,
        /** The work was cancelled or the owner was closed. */
        CANCELLED,
        /** The work was not done by the time that its caller had set. */
        TIMEOUT,
        /** A defect of Jandaia itself. */
        INTERNAL
    }

    private final Kind kind;

    public JandaiaException(Kind kind, String message) {
        this(kind, message, null);
    }

    public JandaiaException(Kind kind, String message, @Nullable Throwable cause) {
        super(visible(message), cause);
        this.kind = kind;
    }

    /**
     * Messages quote files and requests that are not to be trusted, and go to terminals and logs: characters that would move
     * a cursor, end a line or turn the direction of writing are written as escapes.
     */
    private static String visible(String message) {
        if (message.chars().noneMatch(JandaiaException::disturbs)) {
            return message;
        }
        StringBuilder out = new StringBuilder();
        message.chars().forEach(c -> {
            if (disturbs(c)) {
                out.append(String.format("\\u%04x", c));
            } else {
                out.append((char) c);
            }
        });
        return out.toString();
    }

    private static boolean disturbs(int c) {
        return Character.isISOControl(c)
                || (c >= 0x2028 && c <= 0x202e) // separators of lines and paragraphs, embedded directions
                || (c >= 0x2066 && c <= 0x2069);
    }

    public Kind kind() {
        return kind;
    }

    public static JandaiaException usage(String message) {
        return new JandaiaException(Kind.USAGE, message);
    }

    public static JandaiaException notFound(String message) {
        return new JandaiaException(Kind.NOT_FOUND, message);
    }

    public static JandaiaException format(String message) {
        return new JandaiaException(Kind.FORMAT, message);
    }

    public static JandaiaException unsupported(String message) {
        return new JandaiaException(Kind.UNSUPPORTED, message);
    }

    public static JandaiaException resource(String message) {
        return new JandaiaException(Kind.RESOURCE, message);
    }
}
