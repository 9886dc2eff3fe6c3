package io.jandaia.tensor.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.WeakReference;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Pages of the operating system: large memory that is given back when its arena closes, and advice about mapped files. Advice
 * that a system does not know changes no result, so there it does nothing; where there is no {@code mmap}, memory is the arena's.
 */
@SuppressWarnings("restricted") // foreign memory is what this class is for
public final class PageMemory {

    private static final int READ_WRITE = 3;
    private static final int PRIVATE = 2;
    private static final boolean LINUX = System.getProperty("os.name", "").startsWith("Linux");
    private static final int ANONYMOUS = LINUX ? 0x20 : 0x1000;

    /** Above every page size of these systems, and a divisor of the huge page of most. */
    private static final long PAGE = 64 << 10;

    private static final long HUGE_PAGE = 2 << 20;
    private static final int DONT_NEED = 4;
    private static final int HUGE = 14;

    private static final @Nullable MethodHandle MMAP = function(
            "mmap",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG));
    private static final @Nullable MethodHandle MUNMAP = function(
            "munmap", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final @Nullable MethodHandle MADVISE = function(
            "madvise",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));

    /** What is copied at once: fewer bytes than a cache of the second level has. */
    private static final long PIECE = 512 << 10;

    /** What unloading one model may leave in memory because another's weight lies there too. */
    private static final long SLAB_BYTES = 64 << 20;

    /** Weak, so that weights alone keep it. */
    private static WeakReference<@Nullable MemorySegment> slab = new WeakReference<>(null);

    private static long slabUsed;

    private PageMemory() {}

    private static @Nullable MethodHandle function(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        Optional<MemorySegment> address = System.getProperty("os.name", "").startsWith("Windows")
                ? Optional.empty()
                : linker.defaultLookup().find(name);
        return address.map(a -> linker.downcallHandle(a, type)).orElse(null);
    }

    /**
     * Zeros, aligned to 64 bytes at least, which cost memory page by page when they are first written; in huge pages where the
     * system has some.
     *
     * @param arena gives the memory back when it closes
     * @throws OutOfMemoryError when the system refuses
     */
    public static MemorySegment allocate(long bytes, Arena arena) {
        if (MMAP == null || MUNMAP == null || bytes < HUGE_PAGE) {
            return arena.allocate(bytes, 64);
        }
        // Room to begin where a huge page does. The end is not rounded to one: it would cost memory that nobody uses.
        long used = (bytes + PAGE - 1) / PAGE * PAGE;
        long size = used + HUGE_PAGE;
        long at = call(MMAP, 0, size, READ_WRITE, PRIVATE | ANONYMOUS);
        if (at == -1) {
            throw new OutOfMemoryError("The system refused " + size + " bytes of memory.");
        }
        long begin = (at + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
        advise(begin, used, HUGE);
        return MemorySegment.ofAddress(begin).reinterpret(bytes, arena, s -> unmap(at, size));
    }

    /**
     * The same for weights, given back when nothing refers to them any more. They lie one after the other, so that huge pages hold the
     * ends of some and the beginnings of others.
     */
    static MemorySegment allocate(long bytes) {
        long size = (bytes + 63) / 64 * 64;
        if (MMAP == null || size > SLAB_BYTES / 4) {
            return allocate(bytes, Arena.ofAuto());
        }
        synchronized (PageMemory.class) {
            MemorySegment memory = slab.get();
            if (memory == null || size > memory.byteSize() - slabUsed) {
                memory = allocate(SLAB_BYTES, Arena.ofAuto());
                slab = new WeakReference<>(memory);
                slabUsed = 0;
            }
            MemorySegment piece = memory.asSlice(slabUsed, bytes);
            slabUsed += size;
            return piece;
        }
    }

    /** A copy of a mapped file's memory, made by all processors; the file's pages are given back. {@link OutOfMemoryError} when refused. */
    static MemorySegment copy(MemorySegment mapped) {
        MemorySegment copy = allocate(mapped.byteSize());
        LongStream.range(0, (mapped.byteSize() + PIECE - 1) / PIECE).parallel().forEach(i -> {
            long from = i * PIECE;
            MemorySegment.copy(mapped, from, copy, from, Math.min(PIECE, mapped.byteSize() - from));
        });
        release(mapped);
        return copy;
    }

    /**
     * Says that a mapped file's pages are not needed for now: they stop counting as this process's memory and are read again
     * when they are used again. Memory that is not a mapped file is left alone, as it would lose what it holds.
     */
    static void release(MemorySegment mapped) {
        if (mapped.isMapped() && mapped.isReadOnly()) {
            long from = (mapped.address() + PAGE - 1) / PAGE * PAGE;
            long to = (mapped.address() + mapped.byteSize()) / PAGE * PAGE;
            advise(from, to - from, DONT_NEED);
        }
    }

    private static void advise(long at, long bytes, int advice) {
        if (MADVISE != null && bytes > 0 && (LINUX || advice != HUGE)) {
            try {
                int ignored = (int) MADVISE.invokeExact(at, bytes, advice);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static long call(MethodHandle mmap, long at, long size, int protection, int flags) {
        try {
            return (long) mmap.invokeExact(at, size, protection, flags, -1, 0L);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static void unmap(long at, long size) {
        try {
            int ignored = (int) Objects.requireNonNull(MUNMAP).invokeExact(at, size);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
