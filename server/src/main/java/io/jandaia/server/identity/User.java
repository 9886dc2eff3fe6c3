package io.jandaia.server.identity;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who owns keys.
 *
 * @param disabled since when none of the keys is valid; null = they are
 */
public record User(
        String name, Role role, Instant created, @Nullable Instant disabled) {}
