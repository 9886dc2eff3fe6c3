package io.jandaia.tensor.kernel.asm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** One of many arguments of a routine, which reads them from memory: whole numbers of 64 bits in the order of the enum that names them. */
public interface Argument {

    /** Bytes of one argument. */
    long BYTES = 8;

    /** Its place, which an enum has. */
    int ordinal();

    /** Where the argument is when {@code base} holds the address of all. */
    default Mem in(Gp base) {
        return Mem.at(base, BYTES * ordinal());
    }

    default void set(MemorySegment arguments, long value) {
        arguments.set(ValueLayout.JAVA_LONG_UNALIGNED, BYTES * ordinal(), value);
    }
}
