package io.jandaia.cli.chat;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Style;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/**
 * A line that moves while a prompt is read, so that nobody thinks the program hangs. It appears after half a second, stays
 * within its own line and is gone when it is closed.
 */
public final class Waiting implements AutoCloseable {

    private static final String[] FRAMES = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
    private static final long FIRST_MS = 500;
    private static final long EACH_MS = 100;
    private static final String ERASE = "\r\033[K";

    private final Thread thread;
    private final Consumer<String> out;
    private boolean shown;
    private boolean closed;

    private Waiting(Texts texts, int tokens, IntSupplier columns, Consumer<String> out) {
        this.out = out;
        this.thread = Thread.ofVirtual().unstarted(() -> show(texts, tokens, columns));
    }

    /** Starts to wait for {@code tokens} of a prompt. */
    public static Waiting start(Texts texts, int tokens, IntSupplier columns, Consumer<String> out) {
        Waiting w = new Waiting(texts, tokens, columns, out);
        w.thread.start();
        return w;
    }

    private void show(Texts texts, int tokens, IntSupplier columns) {
        long begin = System.nanoTime();
        try {
            Thread.sleep(FIRST_MS);
            for (int frame = 0; ; frame++) {
                String text = FRAMES[frame % FRAMES.length] + " "
                        + texts.get("chat.reading", tokens, (System.nanoTime() - begin) / 1e9);
                synchronized (this) {
                    if (closed) {
                        return;
                    }
                    // a line that does not fit would move the screen
                    if (text.length() < columns.getAsInt()) {
                        out.accept(ERASE + Style.on(text, Style.DIM));
                        shown = true;
                    }
                }
                Thread.sleep(EACH_MS);
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            if (shown) {
                out.accept(ERASE);
            }
        }
        thread.interrupt();
    }
}
