package io.jandaia.tensor.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Memory between two pages that nobody may touch: a kernel that reads or writes beside its memory ends the process. */
@SuppressWarnings("restricted")
final class GuardedMemory {

    private static final int READ_WRITE = 3;
    private static final int PRIVATE_ANONYMOUS =
            2 | (System.getProperty("os.name", "").startsWith("Mac") ? 0x1000 : 0x20);
    private static final long GUARD = 16 << 10; // a multiple of every page size

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
    private static final MethodHandle MUNMAP = function(
            "munmap", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle MPROTECT = function(
            "mprotect",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));

    private GuardedMemory() {}

    private static MethodHandle function(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), type);
    }

    /** @param atEnd whether the memory ends where the second guard begins; else it begins where the first one ends */
    static MemorySegment allocate(Arena arena, long bytes, boolean atEnd) {
        long inner = (bytes + GUARD - 1) / GUARD * GUARD;
        long all = inner + 2 * GUARD;
        try {
            long at = (long) MMAP.invokeExact(0L, all, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
            if (at == -1
                    || (int) MPROTECT.invokeExact(at, GUARD, 0) != 0
                    || (int) MPROTECT.invokeExact(at + GUARD + inner, GUARD, 0) != 0) {
                throw new IllegalStateException("no guarded memory");
            }
            return MemorySegment.ofAddress(at + GUARD + (atEnd ? inner - bytes : 0))
                    .reinterpret(bytes, arena, s -> unmap(at, all));
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static void unmap(long at, long bytes) {
        try {
            if ((int) MUNMAP.invokeExact(at, bytes) != 0) {
                throw new IllegalStateException("munmap failed");
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
