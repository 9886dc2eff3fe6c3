package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.model.hub.PullListener;
import io.jandaia.model.hub.PullPlan;
import io.jandaia.model.hub.RepoFile;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * How far a pull is: a line for each file that is complete, and for all of them together a bar on a terminal or a line now
 * and then elsewhere, with the time that is left. When the process is told to end it says that nothing is lost.
 */
final class PullView implements PullListener, AutoCloseable {

    private static final long REDRAW_NANOS = 200_000_000;
    private static final long LINE_NANOS = 10_000_000_000L;
    private static final int WIDTH = 30;
    /** What is remembered of the speed from one look to the next: a mean over some ten seconds. */
    private static final double SMOOTHING = 0.9;

    private final PrintStream err;
    private final Texts texts;
    private final boolean terminal;
    private final LongSupplier clock;
    private final Thread farewell = new Thread(this::interrupted, "pull-interrupted");
    private long shown;
    private long lookedAt;
    private long lookedBytes = -1;
    private double speed;
    private int length;

    PullView(PrintStream err, Texts texts, boolean terminal) {
        this(err, texts, terminal, System::nanoTime);
        Runtime.getRuntime().addShutdownHook(farewell);
    }

    PullView(PrintStream err, Texts texts, boolean terminal, LongSupplier clock) {
        this.err = err;
        this.texts = texts;
        this.terminal = terminal;
        this.clock = clock;
        this.shown = clock.getAsLong();
        this.lookedAt = shown;
    }

    /** Says what is about to happen. */
    void begin(PullPlan plan) {
        plan.notes().forEach(err::println);
        String commit = plan.commit().substring(0, Math.min(12, plan.commit().length()));
        if (plan.files().isEmpty() || plan.missing().isEmpty()) {
            err.println(texts.get("pull.here", plan.model(), commit));
            return;
        }
        err.println(texts.get(
                plan.toFetch() < plan.size() ? "pull.rest" : "pull.begin",
                plan.model(),
                commit,
                plan.files().size(),
                ProgressBar.bytes(plan.size()),
                ProgressBar.bytes(plan.toFetch())));
    }

    /** Says a sentence, on any thread. */
    synchronized void note(String sentence) {
        clear();
        err.println(sentence);
    }

    @Override
    public synchronized void waiting(String holder) {
        note(texts.get("pull.waiting", holder));
    }

    @Override
    public synchronized void complete(RepoFile file) {
        clear();
        err.printf(Locale.ROOT, "  %s  %s%n", file.path(), ProgressBar.bytes(file.size()));
    }

    @Override
    public synchronized void at(long done, long total) {
        long now = clock.getAsLong();
        measure(done, now);
        if (now - shown < (terminal ? REDRAW_NANOS : LINE_NANOS)) {
            return;
        }
        shown = now;
        String line = line(done, total);
        if (terminal) {
            err.print("\r" + line + " ".repeat(Math.max(0, length - line.length())));
            err.flush();
            length = line.length();
        } else {
            err.println(line);
        }
    }

    private void measure(long done, long now) {
        double seconds = (now - lookedAt) / 1e9;
        if (lookedBytes < 0 || seconds >= 1) {
            double latest = lookedBytes < 0 ? 0 : Math.max(0, done - lookedBytes) / seconds;
            speed = speed == 0 ? latest : SMOOTHING * speed + (1 - SMOOTHING) * latest;
            lookedAt = now;
            lookedBytes = done;
        }
    }

    private String line(long done, long total) {
        double share = total == 0 ? 1 : Math.clamp((double) done / total, 0, 1);
        StringBuilder out = new StringBuilder();
        if (terminal) {
            int filled = (int) (share * WIDTH);
            out.append('[')
                    .append("#".repeat(filled))
                    .append("-".repeat(WIDTH - filled))
                    .append("] ");
        }
        out.append(String.format(
                Locale.ROOT, "%3.0f %%  %s / %s", 100 * share, ProgressBar.bytes(done), ProgressBar.bytes(total)));
        if (speed > 0) {
            out.append("  ").append(ProgressBar.bytes((long) speed)).append("/s");
            if (done < total) {
                out.append("  ")
                        .append(ProgressBar.time((total - done) / speed))
                        .append(" left");
            }
        }
        return out.toString();
    }

    private void clear() {
        if (length > 0) {
            err.print("\r" + " ".repeat(length) + "\r");
            length = 0;
        }
    }

    private void interrupted() {
        if (length > 0) {
            err.println();
        }
        err.println(texts.get("pull.interrupted"));
    }

    @Override
    public void close() {
        clear();
        try {
            Runtime.getRuntime().removeShutdownHook(farewell);
        } catch (IllegalStateException e) {
            // the process is ending, and said so
        }
    }
}
