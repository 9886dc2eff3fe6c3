package io.jandaia.tensor.kernel.asm;

import io.jandaia.error.JandaiaException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Memory that code is run from: written first, executable afterwards, never both. POSIX systems. */
@SuppressWarnings("restricted") // foreign memory is what this class is for
final class CodeMemory {

    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int EXECUTE = 4;
    private static final int PRIVATE = 2;
    private static final int ANONYMOUS_LINUX = 0x20;
    private static final int ANONYMOUS_MAC = 0x1000;
    private static final long PAGE = 16 << 10; // a multiple of every page size of these systems

    private static final MethodHandle MMAP = function(
            "mmap",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG));
    private static final MethodHandle MPROTECT = function(
            "mprotect",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));

    private CodeMemory() {}

    static MethodHandle function(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        MemorySegment address = linker.defaultLookup()
                .find(name)
                .orElseThrow(() -> JandaiaException.unsupported("This system has no function " + name + "."));
        return linker.downcallHandle(address, type);
    }

    /**
     * Places code in memory of its own, which lasts as long as the process, and returns its address. UNSUPPORTED when the
     * system refuses to run code that a program has written.
     */
    static long place(byte[] code) {
        long size = (code.length + PAGE - 1) / PAGE * PAGE;
        int flags = PRIVATE | (System.getProperty("os.name", "").startsWith("Mac") ? ANONYMOUS_MAC : ANONYMOUS_LINUX);
        try {
            long at = (long) MMAP.invokeExact(0L, size, READ | WRITE, flags, -1, 0L);
            if (at == -1) {
                throw JandaiaException.unsupported("The system gave no memory for " + size + " bytes of machine code.");
            }
            MemorySegment.copy(
                    code,
                    0,
                    MemorySegment.ofAddress(at).reinterpret(size, Arena.global(), null),
                    ValueLayout.JAVA_BYTE,
                    0,
                    code.length);
            if ((int) MPROTECT.invokeExact(at, size, READ | EXECUTE) != 0) {
                throw JandaiaException.unsupported(
                        "The system does not let this program run code that it has written.");
            }
            return at;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
