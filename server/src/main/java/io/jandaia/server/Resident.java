package io.jandaia.server;

import io.jandaia.model.Model;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A model that is loaded, as it was when somebody looked.
 *
 * @param model for what it says of itself; only a {@link Lease} may compute with it
 * @param bytes of memory that are counted for it
 * @param expires when it is closed if no request comes; null = never
 * @param pinned whether it was named at the start
 */
public record Resident(
        ModelSource source,
        Model model,
        long bytes,
        @Nullable Instant expires,
        boolean pinned) {}
