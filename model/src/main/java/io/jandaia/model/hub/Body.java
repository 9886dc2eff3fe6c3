package io.jandaia.model.hub;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/** An answer that came: its status, what its headers say, and its bytes, which {@link Watchdog} watches. */
final class Body implements AutoCloseable {

    private final HttpResponse<InputStream> response;
    private final Watchdog watchdog;
    private final boolean redirected;
    private long windowBegin = System.nanoTime();
    private final AtomicLong windowBytes = new AtomicLong();
    private volatile boolean stalled;

    Body(HttpResponse<InputStream> response, Watchdog watchdog, boolean redirected) {
        this.response = response;
        this.watchdog = watchdog;
        this.redirected = redirected;
        watchdog.add(this);
    }

    int status() {
        return response.statusCode();
    }

    /** Whether another host answered than the one that was asked. */
    boolean redirected() {
        return redirected;
    }

    /** A header; empty when there is none. */
    String header(String name) {
        return response.headers().firstValue(name).orElse("");
    }

    OptionalLong length() {
        try {
            return response.headers().firstValueAsLong("Content-Length");
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** Reads into {@code buffer}; -1 at the end. Fails when too little came for too long. */
    int read(byte[] buffer, int from, int length) throws IOException {
        try {
            int n = response.body().read(buffer, from, length);
            windowBytes.addAndGet(Math.max(n, 0));
            return n;
        } catch (IOException e) {
            if (stalled) {
                throw new IOException("the server sent next to nothing for too long", e);
            }
            throw e;
        }
    }

    /** At most {@code limit} bytes; one more when there are more. */
    byte[] readUpTo(int limit) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[16384];
        while (out.size() <= limit) {
            int n = read(buffer, 0, Math.min(buffer.length, limit + 1 - out.size()));
            if (n < 0) {
                break;
            }
            out.write(buffer, 0, n);
        }
        return out.toByteArray();
    }

    /** Called by the watchdog alone. */
    void check(long now, long window) {
        if (now - windowBegin < window) {
            return;
        }
        if (windowBytes.getAndSet(0) < Pace.SLOWEST * (now - windowBegin) / 1_000_000_000L) {
            stalled = true;
            close();
        }
        windowBegin = now;
    }

    @Override
    public void close() {
        watchdog.remove(this);
        try {
            response.body().close();
        } catch (IOException e) {
            // it is not read any more
        }
    }
}
