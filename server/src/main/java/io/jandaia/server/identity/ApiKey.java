package io.jandaia.server.identity;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is stored of a key; its secret is not.
 *
 * @param hint the beginning of the secret, to recognise it by
 * @param owner the user it belongs to; null = nobody
 * @param models that it may use; empty = all
 * @param priority of its requests: the lower, the earlier
 */
public record ApiKey(
        String id,
        String hint,
        String name,
        @Nullable String owner,
        Role role,
        Set<String> models,
        Limits limits,
        int priority,
        Instant created,
        @Nullable Instant expires,
        @Nullable Instant revoked,
        @Nullable Instant lastUsed) {

    /** A key that is just made, and its secret, which is seen this once. */
    public record Created(ApiKey key, String secret) {}
}
