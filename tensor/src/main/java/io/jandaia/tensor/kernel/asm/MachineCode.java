package io.jandaia.tensor.kernel.asm;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * A routine of machine code with six whole numbers as arguments, in RDI, RSI, RDX, RCX, R8 and R9 (System V calling
 * convention). It may change every register but RBX, RBP, RSP and R12 to R15, and ends with VZEROUPPER and RET.
 */
@SuppressWarnings("restricted") // foreign code is what this class is for
public final class MachineCode {

    /**
     * One handle for all routines: a constant that the compiler turns into a plain call. Critical: the thread does not tell the JVM
     * that it leaves Java, which takes longer than the shortest routines; so collecting garbage waits for a routine to end,
     * and none may run for more than some milliseconds.
     */
    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.ofVoid(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG),
                    Linker.Option.critical(false));

    private final MemorySegment address;

    private MachineCode(MemorySegment address) {
        this.address = address;
    }

    /** Places the routine in executable memory; UNSUPPORTED where the system forbids it. */
    public static MachineCode of(Assembler assembler) {
        return new MachineCode(MemorySegment.ofAddress(CodeMemory.place(assembler.code())));
    }

    /** Runs it. Wrong arguments end the process: callers check their memory first. */
    public void call(long a, long b, long c, long d, long e, long f) {
        try {
            CALL.invokeExact(address, a, b, c, d, e, f);
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable thrown) {
            throw new IllegalStateException(thrown);
        }
    }
}
