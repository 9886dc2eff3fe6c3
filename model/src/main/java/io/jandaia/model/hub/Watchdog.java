package io.jandaia.model.hub;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Closes bodies that stopped coming, or nearly so: reading from them then fails. The JDK's client has a limit for the time
 * until an answer begins, but none for its body.
 */
final class Watchdog implements AutoCloseable {

    private final Set<Body> bodies = ConcurrentHashMap.newKeySet();
    private final long window;
    private final Thread thread;

    Watchdog(Duration stall) {
        this.window = stall.toNanos();
        this.thread = Thread.ofVirtual().name("hub-watchdog").start(this::run);
    }

    void add(Body body) {
        bodies.add(body);
    }

    void remove(Body body) {
        bodies.remove(body);
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(Duration.ofNanos(Math.max(window / 4, 1_000_000)));
                long now = System.nanoTime();
                bodies.forEach(body -> body.check(now, window));
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
