package io.jandaia.server;

import io.jandaia.error.JandaiaException;
import org.jspecify.annotations.Nullable;

/** A request that is answered with an error: what every API needs to write it in its own shape. */
public final class ApiException extends RuntimeException {

    private final int status;
    private final String code;
    private final @Nullable String parameter;
    private final int retryAfter;

    private ApiException(
            int status,
            String code,
            @Nullable String parameter,
            int retryAfter,
            String message,
            @Nullable Throwable cause) {
        super(message, cause);
        this.status = status;
        this.code = code;
        this.parameter = parameter;
        this.retryAfter = retryAfter;
    }

    public static ApiException of(int status, String code, String message) {
        return new ApiException(status, code, null, 0, message, null);
    }

    /** A field of the request that cannot be what it is. */
    public static ApiException field(String name, String message) {
        return new ApiException(400, "invalid_value", name, 0, message, null);
    }

    /** A field that asks for what this version cannot do. */
    public static ApiException unsupported(String name, String message) {
        return new ApiException(400, "unsupported_parameter", name, 0, message, null);
    }

    /** An error that passes. */
    public static ApiException later(int status, String code, int seconds, String message) {
        return new ApiException(status, code, null, seconds, message, null);
    }

    /** Whatever went wrong, as the caller should see it. */
    public static ApiException from(Throwable e) {
        return switch (e) {
            case ApiException a -> a;
            case JandaiaException j ->
                switch (j.kind()) {
                    case USAGE, FORMAT -> of(400, "invalid_value", message(j));
                    case UNSUPPORTED -> of(400, "unsupported", message(j));
                    case NOT_FOUND -> of(404, "not_found", message(j));
                    case RESOURCE -> later(503, "overloaded", 1, message(j));
                    case CANCELLED -> later(503, "cancelled", 1, message(j));
                    case TIMEOUT -> of(504, "deadline_exceeded", message(j));
                    case INTERNAL -> new ApiException(500, "internal_error", null, 0, message(j), j);
                };
            default ->
                new ApiException(500, "internal_error", null, 0, "The request failed by a defect: " + e + ".", e);
        };
    }

    private static String message(JandaiaException e) {
        return String.valueOf(e.getMessage());
    }

    /** Of HTTP. */
    public int status() {
        return status;
    }

    /** For programs, in snake case. */
    public String code() {
        return code;
    }

    /** The field it is about; null where it is about none. */
    public @Nullable String parameter() {
        return parameter;
    }

    /** Seconds after which trying again makes sense; 0 = it does not. */
    public int retryAfter() {
        return retryAfter;
    }

    public String sentence() {
        return String.valueOf(getMessage());
    }
}
