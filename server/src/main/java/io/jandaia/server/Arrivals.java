package io.jandaia.server;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Ends connections whose next request does not come to the end of its header in a while, however steadily its bytes trickle in:
 * each of them begins Jetty's own time anew.
 */
final class Arrivals implements Connection.Listener {

    private final Scheduler scheduler;
    private final Duration most;
    private final Map<Connection, Watch> watches = new ConcurrentHashMap<>();

    /** What is known of one connection. */
    private static final class Watch {
        final AtomicInteger answering = new AtomicInteger();
        volatile Scheduler.@Nullable Task next;
    }

    Arrivals(Scheduler scheduler, Duration most) {
        this.scheduler = scheduler;
        this.most = most;
    }

    @Override
    public void onOpened(Connection c) {
        if (c.getMessagesIn() >= 0) { // what encrypts counts none
            Watch watch = new Watch();
            watches.put(c, watch);
            lookLater(c, watch);
        }
    }

    @Override
    public void onClosed(Connection c) {
        Watch watch = watches.remove(c);
        Scheduler.Task next = watch == null ? null : watch.next;
        if (next != null) {
            next.cancel();
        }
    }

    /** A request has come, to its header's end. */
    void begin(Connection c) {
        count(c, 1);
    }

    /** It is answered. */
    void end(Connection c) {
        count(c, -1);
    }

    private void count(Connection c, int change) {
        Watch watch = watches.get(c);
        if (watch != null) {
            watch.answering.addAndGet(change);
        }
    }

    private void lookLater(Connection c, Watch watch) {
        long seen = c.getMessagesIn();
        watch.next = scheduler.schedule(() -> look(c, watch, seen), most.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look(Connection c, Watch watch, long seen) {
        if (watch.answering.get() == 0 && c.getMessagesIn() == seen) {
            c.getEndPoint().close();
        } else if (watches.containsKey(c)) {
            lookLater(c, watch);
        }
    }
}
