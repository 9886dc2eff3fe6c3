package io.jandaia.server.identity;

import java.util.Arrays;

/** Sums of the last 60 seconds, in buckets of a second. */
final class Window {

    private static final int SECONDS = 60;

    private final long[] sums = new long[SECONDS];
    private long last;

    /** @param now seconds of any clock that does not go back */
    void add(long amount, long now) {
        forget(now);
        sums[(int) (now % SECONDS)] += amount;
    }

    long sum(long now) {
        forget(now);
        return Arrays.stream(sums).sum();
    }

    /** Seconds until the sum is below {@code limit}. */
    int until(long limit, long now) {
        forget(now);
        long sum = Arrays.stream(sums).sum();
        int wait = 0;
        while (sum >= limit && wait < SECONDS) {
            wait++;
            sum -= sums[(int) ((now + wait) % SECONDS)];
        }
        return Math.max(1, wait);
    }

    private void forget(long now) {
        for (long s = Math.max(last + 1, now - SECONDS + 1); s <= now; s++) {
            sums[(int) (s % SECONDS)] = 0;
        }
        last = Math.max(last, now);
    }
}
