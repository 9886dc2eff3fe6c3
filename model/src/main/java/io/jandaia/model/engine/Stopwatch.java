package io.jandaia.model.engine;

/** When a request was submitted, started, got its first token and its last. */
final class Stopwatch {

    private final long submitted = System.nanoTime();
    private long started;
    private long firstToken;
    private long lastToken;

    void start() {
        if (started == 0) {
            started = System.nanoTime();
        }
    }

    boolean started() {
        return started != 0;
    }

    void token() {
        lastToken = System.nanoTime();
        if (firstToken == 0) {
            firstToken = lastToken;
        }
    }

    TokenEvent.Timings timings() {
        long first = firstToken == 0 ? System.nanoTime() : firstToken;
        long begin = started == 0 ? first : started;
        return new TokenEvent.Timings(
                seconds(submitted, begin), seconds(begin, first), seconds(first, Math.max(first, lastToken)));
    }

    private static double seconds(long from, long to) {
        return (to - from) / 1e9;
    }
}
