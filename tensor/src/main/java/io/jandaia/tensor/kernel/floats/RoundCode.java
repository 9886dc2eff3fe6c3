package io.jandaia.tensor.kernel.floats;

import static io.jandaia.tensor.kernel.asm.Gp.RCX;
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
import io.jandaia.tensor.kernel.asm.MachineCode;
import io.jandaia.tensor.kernel.asm.Mem;

/** Float32 as BF16, rounded to the nearest, with AVX-512 BF16. */
public final class RoundCode {

    /** Numbers of a line of 64 bytes. */
    public static final int LINE = 32;

    private static final MachineCode CODE = MachineCode.of(write());

    private RoundCode() {}

    /**
     * Rounds {@code lines * LINE} numbers.
     *
     * @param from address of floats
     * @param lines at least 1
     * @param stride bytes from the place of one line to that of the next
     */
    public static void round(long from, long to, long lines, long stride) {
        CODE.call(from, to, lines, stride, 0, 0);
    }

    private static Assembler write() {
        Assembler a = new Assembler(Assembler.Encoding.EVEX);
        Label next = new Label();
        a.align(32);
        a.place(next);
        a.op(VMOVUPS_LOAD, zmm(0), Mem.at(RDI));
        a.op(VMOVUPS_LOAD, zmm(1), Mem.at(RDI, 64));
        a.op(VCVTNE2PS2BF16, zmm(0), zmm(1), zmm(0));
        a.store(VMOVUPS_STORE, Mem.at(RSI), zmm(0));
        a.add(RDI, 128);
        a.add(RSI, RCX);
        a.sub(RDX, 1);
        a.jump(Condition.NOT_EQUAL, next);
        a.vzeroupper();
        a.ret();
        return a;
    }
}
