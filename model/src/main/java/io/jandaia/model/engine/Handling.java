package io.jandaia.model.engine;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a request is served beside others; its answer does not depend on it.
 *
 * @param caller who asks; callers get even shares
 * @param priority the lower, the earlier
 * @param deadline when the answer must be complete, else it ends with an error; null = never
 * @param reuse whether what other requests have computed of the same beginning may be used, and kept for others
 * @param salt requests with different ones share nothing, so that nobody can find out by the time what others have asked
 */
public record Handling(
        String caller, int priority, @Nullable Instant deadline, boolean reuse, String salt) {

    public static final Handling DEFAULT = new Handling("", 0, null, true, "");

    public Handling caller(String value) {
        return new Handling(value, priority, deadline, reuse, salt);
    }

    public Handling priority(int value) {
        return new Handling(caller, value, deadline, reuse, salt);
    }

    public Handling deadline(@Nullable Instant value) {
        return new Handling(caller, priority, value, reuse, salt);
    }

    public Handling reuse(boolean value) {
        return new Handling(caller, priority, deadline, value, salt);
    }

    public Handling salt(String value) {
        return new Handling(caller, priority, deadline, reuse, value);
    }
}
