package io.jandaia.model.hub;

import java.time.Duration;

/**
 * How hard and how patiently files are fetched.
 *
 * @param connections at once, for all files together
 * @param attempts without any new bytes before giving up
 * @param pause before the second attempt; it doubles from one to the next
 * @param answer how long a server may take to connect and to answer
 * @param stall how long a connection may deliver next to nothing before it is given up for a new one
 */
public record Pace(int connections, int attempts, Duration pause, Duration answer, Duration stall) {

    static final Pace DEFAULT = new Pace(4, 6, Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofSeconds(10));

    /** What counts as nothing, in bytes a second. */
    static final long SLOWEST = 1000;

    /** A server that asks for more patience than this is not waited for. */
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

    public Pace {
        if (connections < 1 || attempts < 1) {
            throw new IllegalArgumentException("connections " + connections + ", attempts " + attempts);
        }
    }

    public Pace connections(int n) {
        return new Pace(n, attempts, pause, answer, stall);
    }
}
