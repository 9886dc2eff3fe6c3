package io.jandaia.tensor.kernel.floats;

import static io.jandaia.tensor.kernel.asm.Gp.RCX;
import static io.jandaia.tensor.kernel.asm.Gp.RDI;
import static io.jandaia.tensor.kernel.asm.Gp.RDX;
import static io.jandaia.tensor.kernel.asm.Gp.RSI;
import static io.jandaia.tensor.kernel.asm.Gp.RSP;
import static io.jandaia.tensor.kernel.asm.Vec.zmm;
import static io.jandaia.tensor.kernel.asm.VectorOp.VCVTNE2PS2BF16;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVD_LOAD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVSS_STORE;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_LOAD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_STORE;

import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;
import io.jandaia.tensor.kernel.asm.Vec;

/**
 * One token as pairs of BF16, rounded to the nearest: a column of a panel {@code [pairs][tokens]}. Called with the token's floats,
 * the place of its first pair, steps of 32 numbers (at least 1), bytes from one pair to the next.
 */
final class PairCode {

    /** Below the stack pointer, where the calling convention lets a routine that calls nothing keep 128 bytes. */
    private static final int TEMPORARY = -64;

    private PairCode() {}

    static Assembler of() {
        Assembler a = new Assembler(Assembler.Encoding.EVEX);
        Label next = new Label();
        a.align(64);
        a.place(next);
        a.op(VMOVUPS_LOAD, zmm(16), Mem.at(RDI));
        a.op(VMOVUPS_LOAD, zmm(17), Mem.at(RDI, 64));
        a.op(VCVTNE2PS2BF16, zmm(18), zmm(17), zmm(16));
        a.store(VMOVUPS_STORE, Mem.at(RSP, TEMPORARY), zmm(18));
        for (int i = 0; i < 16; i++) {
            Vec pair = zmm(20 + i % 4).as(128);
            a.op(VMOVD_LOAD, pair, Mem.at(RSP, TEMPORARY + 4L * i));
            a.store(VMOVSS_STORE, Mem.at(RSI), pair);
            a.add(RSI, RCX);
        }
        a.add(RDI, 128);
        a.sub(RDX, 1);
        a.jump(Condition.NOT_EQUAL, next);
        a.vzeroupper();
        a.ret();
        return a;
    }
}
