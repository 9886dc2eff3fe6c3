package io.jandaia.cli.terminal;

import io.jandaia.error.JandaiaException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.function.IntSupplier;

/**
 * What standard input and output are.
 *
 * @param input whether somebody types there
 * @param output whether somebody looks at it
 * @param styled whether escape codes may be written: on a terminal that understands them and whose user wants them
 * @param columns of the terminal now; 0 when unknown
 */
public record Tty(boolean input, boolean output, boolean styled, IntSupplier columns) {

    public static final Tty NONE = new Tty(false, false, false, () -> 0);

    /** TIOCGWINSZ of Linux and of macOS. */
    private static final long WINDOW_SIZE_LINUX = 0x5413;

    private static final long WINDOW_SIZE_MACOS = 0x40087468;

    /** Of this process. */
    public static Tty process() {
        boolean output = isTerminal(1);
        return new Tty(isTerminal(0), output, output && styles(System.getenv()), () -> columns(1));
    }

    /** Whether an environment asks for text without escape codes (see no-color.org). */
    static boolean styles(Map<String, String> environment) {
        String type = environment.getOrDefault("TERM", "");
        return environment.getOrDefault("NO_COLOR", "").isEmpty() && !type.isEmpty() && !type.equals("dumb");
    }

    /** The same without escape codes. */
    public Tty plain() {
        return new Tty(input, output, false, columns);
    }

    private static boolean isTerminal(int descriptor) {
        try {
            return (int) function("isatty", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT))
                            .invokeExact(descriptor)
                    == 1;
        } catch (Throwable e) {
            throw failed("isatty", e);
        }
    }

    private static int columns(int descriptor) {
        FunctionDescriptor ioctl = FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);
        long request = System.getProperty("os.name", "").startsWith("Mac") ? WINDOW_SIZE_MACOS : WINDOW_SIZE_LINUX;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(ValueLayout.JAVA_SHORT, 4); // rows, columns, two that are not used
            int result = (int)
                    function("ioctl", ioctl, Linker.Option.firstVariadicArg(2)).invokeExact(descriptor, request, size);
            return result < 0 ? 0 : Short.toUnsignedInt(size.getAtIndex(ValueLayout.JAVA_SHORT, 1));
        } catch (Throwable e) {
            throw failed("ioctl", e);
        }
    }

    @SuppressWarnings("restricted") // two system calls that Java has no names for
    private static MethodHandle function(String name, FunctionDescriptor type, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        MemorySegment symbol = linker.defaultLookup()
                .find(name)
                .orElseThrow(() -> JandaiaException.unsupported("The C library of this system has no " + name + "."));
        return linker.downcallHandle(symbol, type, options);
    }

    private static JandaiaException failed(String name, Throwable e) {
        return new JandaiaException(JandaiaException.Kind.INTERNAL, "The call of " + name + " failed: " + e + ".", e);
    }
}
