package io.jandaia.tensor.kernel.floats;

import static io.jandaia.tensor.kernel.asm.Gp.R8;
import static io.jandaia.tensor.kernel.asm.Gp.RCX;
import static io.jandaia.tensor.kernel.asm.Gp.RDI;
import static io.jandaia.tensor.kernel.asm.Gp.RDX;
import static io.jandaia.tensor.kernel.asm.Gp.RSI;
import static io.jandaia.tensor.kernel.asm.Vec.zmm;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_STORE;

import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;

/**
 * One row of numbers as float32 in two parts: numbers 0 to 15 of each 32 in the first, 16 to 31 in the second. Called with the
 * row, the place of the first part, groups of 32 (at least 1), bytes from one group's place to the next, bytes from the first
 * part's place to the second's.
 */
final class SplitCode {

    private static final int AHEAD = 2048;

    private SplitCode() {}

    static Assembler of(FloatReading reading) {
        Assembler a = new Assembler(Assembler.Encoding.EVEX);
        a.add(R8, RSI);
        Label next = new Label();
        a.align(64);
        a.place(next);
        reading.load(a, zmm(16), RDI, 0);
        reading.load(a, zmm(17), RDI, reading.partBytes);
        reading.prefetch(a, RDI, AHEAD);
        a.store(VMOVUPS_STORE, Mem.at(RSI), zmm(16));
        a.store(VMOVUPS_STORE, Mem.at(R8), zmm(17));
        a.add(RDI, reading.groupBytes);
        a.add(RSI, RCX);
        a.add(R8, RCX);
        a.sub(RDX, 1);
        a.jump(Condition.NOT_EQUAL, next);
        a.vzeroupper();
        a.ret();
        return a;
    }
}
