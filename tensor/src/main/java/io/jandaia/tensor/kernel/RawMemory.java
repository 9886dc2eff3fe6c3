package io.jandaia.tensor.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Single numbers by address. Addresses come from {@link Address}, which checks them once per kernel call: one segment over all
 * memory keeps a loop free of checks and, being the same for mapped, allocated and shared memory, keeps the compiler from giving
 * up on mixed kinds. Apart from {@link Lanes}, because loading the vectors' classes takes a tenth of a second.
 */
final class RawMemory {

    @SuppressWarnings("restricted") // every address that is used with it has been checked by Address
    static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private RawMemory() {}

    static float get(long at) {
        return ALL.get(FLOAT, at);
    }

    static void set(long at, float value) {
        ALL.set(FLOAT, at, value);
    }

    static int getInt(long at) {
        return ALL.get(INT, at);
    }

    static long getLong(long at) {
        return ALL.get(LONG, at);
    }

    static byte getByte(long at) {
        return ALL.get(ValueLayout.JAVA_BYTE, at);
    }

    static float getHalf(long at) {
        return Float.float16ToFloat(ALL.get(SHORT, at));
    }
}
