package io.jandaia.model.hub;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A failure that may not happen again: a cut, a server that is busy. */
final class Transient extends IOException {

    private final transient @Nullable Duration pause;

    /** @param pause what the server asks for; null when it says nothing */
    Transient(String message, @Nullable Duration pause) {
        super(message);
        this.pause = pause;
    }

    @Nullable
    Duration pause() {
        return pause;
    }
}
