package io.jandaia.tensor.kernel.floats;

import static io.jandaia.tensor.kernel.asm.Gp.R10;
import static io.jandaia.tensor.kernel.asm.Gp.R11;
import static io.jandaia.tensor.kernel.asm.Gp.R8;
import static io.jandaia.tensor.kernel.asm.Gp.R9;
import static io.jandaia.tensor.kernel.asm.Gp.RAX;
import static io.jandaia.tensor.kernel.asm.Gp.RCX;
import static io.jandaia.tensor.kernel.asm.Gp.RDI;
import static io.jandaia.tensor.kernel.asm.Gp.RDX;
import static io.jandaia.tensor.kernel.asm.Gp.RSI;
import static io.jandaia.tensor.kernel.asm.Vec.zmm;
import static io.jandaia.tensor.kernel.asm.VectorOp.VCVTNE2PS2BF16;
import static io.jandaia.tensor.kernel.asm.VectorOp.VCVTPH2PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_LOAD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_STORE;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPANDD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VSUBPS;

import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;

/**
 * Some numbers of 16 rows of weights as tiles of BF16, {@code [steps of 32 numbers][parts][16 rows][32]}. BF16 is copied; F16
 * becomes two numbers whose sum it is: its upper 8 bits and the 3 bits below. Called with the weights, the tiles, steps (at
 * least 1), bytes from one row to the next, bytes from a number to the one that will be wanted after this panel.
 */
final class PanelCode {

    private static final int STEP = 64;

    private PanelCode() {}

    /** @param parts 1: of BF16; 2: of F16 */
    static Assembler of(int parts) {
        Assembler a = new Assembler(Assembler.Encoding.EVEX);
        Label nextRow = new Label();
        Label next = new Label();
        a.mov(RAX, 0xffff0000);
        a.vpbroadcastd(zmm(20), RAX);
        a.mov(RAX, PairTileCode.ROWS);
        a.align(64);
        a.place(nextRow);
        a.mov(R10, RDI);
        a.mov(R11, RSI);
        a.mov(R9, RDX);
        a.align(64);
        a.place(next);
        a.prefetcht0(Mem.at(R10).index(R8, 1));
        if (parts == 1) {
            a.op(VMOVUPS_LOAD, zmm(16), Mem.at(R10));
            a.store(VMOVUPS_STORE, Mem.at(R11), zmm(16));
        } else {
            a.op(VCVTPH2PS, zmm(16), Mem.at(R10));
            a.op(VCVTPH2PS, zmm(17), Mem.at(R10, STEP / 2));
            a.op(VPANDD, zmm(18), zmm(16), zmm(20));
            a.op(VPANDD, zmm(19), zmm(17), zmm(20));
            a.op(VSUBPS, zmm(16), zmm(16), zmm(18));
            a.op(VSUBPS, zmm(17), zmm(17), zmm(19));
            a.op(VCVTNE2PS2BF16, zmm(18), zmm(19), zmm(18));
            a.op(VCVTNE2PS2BF16, zmm(16), zmm(17), zmm(16));
            a.store(VMOVUPS_STORE, Mem.at(R11), zmm(18));
            a.store(VMOVUPS_STORE, Mem.at(R11, PairTileCode.TILE), zmm(16));
        }
        a.add(R10, STEP);
        a.add(R11, parts * PairTileCode.TILE);
        a.sub(R9, 1);
        a.jump(Condition.NOT_EQUAL, next);
        a.add(RDI, RCX);
        a.add(RSI, STEP);
        a.sub(RAX, 1);
        a.jump(Condition.NOT_EQUAL, nextRow);
        a.vzeroupper();
        a.ret();
        return a;
    }
}
