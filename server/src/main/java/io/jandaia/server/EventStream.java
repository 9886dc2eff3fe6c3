package io.jandaia.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Server-sent events. Each is on its way when the method returns; a client that does not read makes its own writer wait.
 * While nothing is sent, comments keep proxies from closing the connection.
 */
public final class EventStream implements AutoCloseable {
    /** How an event is written. */
    enum Kind {
        /** Server-sent events. */
        DATA,
        /** The same with a name, which is the object's type. */
        NAMED,
        /** A line of JSON. */
        LINES
    }

    private final Response response;
    private final Kind kind;
    private final @Nullable Work work;
    private final ReentrantLock lock = new ReentrantLock();
    private final Thread keeper;
    private long written = System.nanoTime();
    private boolean complete;
    private boolean closed;

    EventStream(Response response, Kind kind, Duration keepAlive, @Nullable Work work) {
        this.response = response;
        this.kind = kind;
        this.work = work;
        this.keeper = Thread.ofVirtual().start(() -> keepAlive(keepAlive));
    }

    /**
     * Sends one event.
     *
     * @throws IOException when the client is gone
     */
    public void send(JsonNode data) throws IOException {
        String json = data.toString();
        write(
                switch (kind) {
                    case DATA -> "data: " + json + "\n\n";
                    case NAMED -> "event: " + data.path("type").asString("") + "\ndata: " + json + "\n\n";
                    case LINES -> json + "\n";
                });
    }

    /** Sends what OpenAI's API sends at the end of a stream. */
    public void done() throws IOException {
        lock.lock();
        try {
            write("data: [DONE]\n\n");
            complete = true;
        } finally {
            lock.unlock();
        }
    }

    private void write(String text) throws IOException {
        lock.lock();
        try {
            if (!closed) {
                Content.Sink.write(response, false, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
                written = System.nanoTime();
            }
        } finally {
            lock.unlock();
        }
    }

    private void keepAlive(Duration silence) {
        try {
            while (true) {
                Thread.sleep(silence);
                if (kind != Kind.LINES) {
                    comment(silence);
                }
            }
        } catch (InterruptedException | IOException e) {
            // the stream is closed, or the client has left: whoever computes for it is told by others
        }
    }

    private void comment(Duration silence) throws IOException {
        lock.lock();
        try {
            if (!complete && System.nanoTime() - written >= silence.toNanos()) {
                write(": still working\n\n");
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends what the client sees. */
    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            if (!closed) {
                leave();
                if (work != null) {
                    work.answered();
                }
                Content.Sink.write(response, true, (@Nullable ByteBuffer) null);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Sends nothing more; for a client that is gone. */
    void leave() {
        lock.lock();
        try {
            closed = true;
            keeper.interrupt(); // it writes under the lock only, so nothing is interrupted in the middle
        } finally {
            lock.unlock();
        }
    }
}
