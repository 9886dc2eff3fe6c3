package io.jandaia.model.engine;

import io.jandaia.error.JandaiaException;

/** What went wrong while something was computed. */
final class Failures {
    private Failures() {}

    /** What readers are told; a mapped file that somebody cut short arrives as an InternalError. */
    static JandaiaException of(Throwable e) {
        return switch (e) {
            case JandaiaException j -> j;
            case OutOfMemoryError o ->
                new JandaiaException(
                        JandaiaException.Kind.RESOURCE,
                        "Memory was exhausted while computing: " + o.getMessage() + ".",
                        o);
            case InternalError i ->
                new JandaiaException(
                        JandaiaException.Kind.RESOURCE,
                        "The model's file could not be read any more; was it changed or removed while in use? ("
                                + i.getMessage() + ")",
                        i);
            default ->
                new JandaiaException(JandaiaException.Kind.INTERNAL, "Computing the next tokens failed: " + e + ".", e);
        };
    }
}
