package io.jandaia.cli;

import io.jandaia.error.JandaiaException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Gives the process its own standard error back. The JVM announces the Vector API's incubator module on standard error
 * at every start, and no option turns that one line off. So the launcher starts the JVM with standard error behind a
 * filter that drops that line and passes everything else (a JVM that cannot start is still heard), and leaves the real
 * one open as the descriptor named by the system property {@code jandaia.stderr}. Moving it back ends the filter: from
 * then on nothing stands between this process and its terminal, file or pipe.
 *
 * <p>The first foreign call of a JVM takes about 50 ms, so it runs beside the command; {@link #await} is for those who
 * must not race with the filter: whoever writes last words.
 */
final class StandardError {
    private static final int STDERR = 2;

    private final Thread restorer;

    private StandardError(Thread restorer) {
        this.restorer = restorer;
    }

    /** Starts moving the real standard error back to its place; nothing to do unless the launcher moved it away. */
    static StandardError restore() {
        Integer original = Integer.getInteger("jandaia.stderr");
        Thread restorer = Thread.ofPlatform()
                .name("standard-error")
                .daemon()
                .unstarted(original == null ? () -> {} : () -> move(original, STDERR));
        restorer.start();
        return new StandardError(restorer);
    }

    /** Returns when standard error is the real one. */
    void await() {
        try {
            restorer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @SuppressWarnings("restricted") // the whole point: one system call that Java has no name for
    private static void move(int from, int to) {
        Linker linker = Linker.nativeLinker();
        try {
            MethodHandle dup2 = linker.downcallHandle(
                    symbol(linker, "dup2"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
            MethodHandle close = linker.downcallHandle(
                    symbol(linker, "close"), FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
            // A failure leaves the filter in place, which passes every message on.
            if ((int) dup2.invokeExact(from, to) == to) {
                int _ = (int) close.invokeExact(from);
            }
        } catch (Throwable e) {
            throw new JandaiaException(
                    JandaiaException.Kind.INTERNAL, "Cannot move descriptor " + from + " to " + to + ".", e);
        }
    }

    private static MemorySegment symbol(Linker linker, String name) {
        return linker.defaultLookup()
                .find(name)
                .orElseThrow(() -> JandaiaException.unsupported("The C library of this system has no " + name + "."));
    }
}
