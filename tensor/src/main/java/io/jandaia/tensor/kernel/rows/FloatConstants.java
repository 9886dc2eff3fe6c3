package io.jandaia.tensor.kernel.rows;

import io.jandaia.tensor.kernel.Exp;
import io.jandaia.tensor.kernel.ScalarActivation;
import io.jandaia.tensor.kernel.asm.Gp;
import io.jandaia.tensor.kernel.asm.Mem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The numbers of {@link Exp} and of activations, which machine code reads from memory. */
public enum FloatConstants {
    LOG2E(Exp.LOG2E),
    ROUND(Exp.ROUND),
    MINUS_LN2_HIGH(-Exp.LN2_HIGH),
    MINUS_LN2_LOW(-Exp.LN2_LOW),
    P0(Exp.P0),
    P1(Exp.P1),
    P2(Exp.P2),
    P3(Exp.P3),
    P4(Exp.P4),
    P5(Exp.P5),
    ONE(1),
    MIN(Exp.MIN),
    MAX(Exp.MAX),
    SIGN(-0f),
    TANH_CUBE(ScalarActivation.TANH_CUBE),
    MINUS_TANH_FACTOR(-ScalarActivation.TANH_FACTOR),
    MINUS_QUICK(-ScalarActivation.QUICK),
    MINUS_INFINITY(Float.NEGATIVE_INFINITY);

    private static final MemorySegment MEMORY = make();

    private final float value;

    FloatConstants(float value) {
        this.value = value;
    }

    private static MemorySegment make() {
        FloatConstants[] all = values();
        MemorySegment m = Arena.global().allocate(4L * all.length, 64);
        for (FloatConstants c : all) {
            m.set(ValueLayout.JAVA_FLOAT, c.at(), c.value);
        }
        return m;
    }

    public static long address() {
        return MEMORY.address();
    }

    @SuppressWarnings("EnumOrdinal") // the order is the layout
    private long at() {
        return 4L * ordinal();
    }

    /** The number itself, where {@code base} holds {@link #address}. */
    public Mem in(Gp base) {
        return Mem.at(base, at());
    }
}
