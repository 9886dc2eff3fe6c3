package io.jandaia.tensor.kernel.paged;

import static io.jandaia.tensor.kernel.asm.Gp.RDI;
import static io.jandaia.tensor.kernel.asm.Gp.RDX;
import static io.jandaia.tensor.kernel.asm.Gp.RSI;
import static io.jandaia.tensor.kernel.asm.Vec.zmm;
import static io.jandaia.tensor.kernel.asm.VectorOp.VCVTNE2PS2BF16;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_LOAD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_STORE;

import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;

/** Float32 as BF16, rounded to the nearest. Arguments: the numbers, where they go, steps of 32 numbers (at least 1). */
final class PairQueryCode {

    private PairQueryCode() {}

    static Assembler of() {
        Assembler a = new Assembler(Assembler.Encoding.EVEX);
        Label next = new Label();
        a.align(32);
        a.place(next);
        a.op(VMOVUPS_LOAD, zmm(0), Mem.at(RDI));
        a.op(VMOVUPS_LOAD, zmm(1), Mem.at(RDI, 64));
        a.op(VCVTNE2PS2BF16, zmm(0), zmm(1), zmm(0));
        a.store(VMOVUPS_STORE, Mem.at(RSI), zmm(0));
        a.add(RDI, 128);
        a.add(RSI, 64);
        a.sub(RDX, 1);
        a.jump(Condition.NOT_EQUAL, next);
        a.vzeroupper();
        a.ret();
        return a;
    }
}
