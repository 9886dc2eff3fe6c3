package io.jandaia.cli;

import io.jandaia.model.Progress;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * How far a long work is: on a terminal one line that is drawn again, elsewhere a plain line now and then. Shows the share,
 * the amount, the speed and the time that is left. For one thread.
 */
final class ProgressBar implements Progress, AutoCloseable {

    /** What is counted. */
    enum Unit {
        BYTES,
        ITEMS
    }

    private static final long REDRAW_NANOS = 100_000_000;
    private static final long LINE_NANOS = 10_000_000_000L;
    private static final int WIDTH = 30;

    private final PrintStream err;
    private final String label;
    private final Unit unit;
    private final boolean terminal;
    private final LongSupplier clock;
    private final long started;
    private long shown;
    private int length;

    ProgressBar(PrintStream err, String label, Unit unit, boolean terminal) {
        this(err, label, unit, terminal, System::nanoTime);
    }

    ProgressBar(PrintStream err, String label, Unit unit, boolean terminal, LongSupplier clock) {
        this.err = err;
        this.label = label;
        this.unit = unit;
        this.terminal = terminal;
        this.clock = clock;
        this.started = clock.getAsLong();
        this.shown = started;
    }

    @Override
    public void at(long done, long total) {
        long now = clock.getAsLong();
        if (now - shown < (terminal ? REDRAW_NANOS : LINE_NANOS) && done < total) {
            return;
        }
        shown = now;
        String line = line(done, total, (now - started) / 1e9);
        if (!terminal) {
            err.println(line);
            return;
        }
        err.print("\r" + line + " ".repeat(Math.max(0, length - line.length())));
        err.flush();
        length = line.length();
    }

    private String line(long done, long total, double seconds) {
        double share = total == 0 ? 1 : (double) done / total;
        double speed = seconds > 0 ? done / seconds : 0;
        StringBuilder out = new StringBuilder(label).append(' ');
        if (terminal) {
            int filled = (int) (share * WIDTH);
            out.append('[')
                    .append("#".repeat(filled))
                    .append("-".repeat(WIDTH - filled))
                    .append("] ");
        }
        out.append(String.format(Locale.ROOT, "%3.0f %%  %s of %s", 100 * share, amount(done), amount(total)));
        if (speed > 0) {
            out.append("  ").append(amount((long) speed)).append("/s");
            out.append(done < total ? "  " + time((total - done) / speed) + " left" : "  " + time(seconds));
        }
        return out.toString();
    }

    private String amount(long n) {
        return unit == Unit.ITEMS ? String.format(Locale.ROOT, "%,d", n) : bytes(n);
    }

    /** A size in the units that disks are sold in. */
    static String bytes(long n) {
        if (n < 1000) {
            return n + " B";
        }
        String[] units = {"kB", "MB", "GB", "TB"};
        double v = n / 1000.0;
        int i = 0;
        while (v >= 999.95 && i < units.length - 1) {
            v /= 1000;
            i++;
        }
        return String.format(Locale.ROOT, "%.1f %s", v, units[i]);
    }

    static String time(double seconds) {
        long s = Math.round(seconds);
        return s < 60
                ? s + " s"
                : s < 3600
                        ? String.format(Locale.ROOT, "%d:%02d min", s / 60, s % 60)
                        : String.format(Locale.ROOT, "%d:%02d h", s / 3600, s % 3600 / 60);
    }

    /** Ends the line. */
    @Override
    public void close() {
        if (terminal && length > 0) {
            err.println();
        }
    }
}
