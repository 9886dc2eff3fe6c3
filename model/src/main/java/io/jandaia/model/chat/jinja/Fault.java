package io.jandaia.model.chat.jinja;

import io.jandaia.error.JandaiaException;

/**
 * An error on its way from an operation, which knows the cause, to {@link Template}, which knows the line and turns it into
 * a {@link JandaiaException}. It never leaves this package, and carries no stack trace: hostile templates may throw many.
 */
final class Fault extends RuntimeException {

    /** The classes of errors that behave differently inside a template. */
    enum Type {
        /** The template itself refused: {@code raise_exception}. */
        RAISED,
        SYNTAX,
        UNDEFINED,
        TYPE,
        VALUE,
        /** {@code key} or {@code index} not there. */
        LOOKUP,
        ARITHMETIC,
        SECURITY,
        UNSUPPORTED,
        RESOURCE
    }

    final Type type;

    Fault(Type type, String message) {
        super(message, null, false, false);
        this.type = type;
    }

    static Fault type(String message) {
        return new Fault(Type.TYPE, message);
    }

    static Fault value(String message) {
        return new Fault(Type.VALUE, message);
    }

    static Fault resource(String message) {
        return new Fault(Type.RESOURCE, message);
    }

    static Fault unsupported(String message) {
        return new Fault(Type.UNSUPPORTED, message);
    }

    String cause() {
        return String.valueOf(getMessage());
    }
}
