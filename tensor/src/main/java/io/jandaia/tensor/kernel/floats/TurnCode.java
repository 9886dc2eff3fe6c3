package io.jandaia.tensor.kernel.floats;

import static io.jandaia.tensor.kernel.asm.Gp.R8;
import static io.jandaia.tensor.kernel.asm.Gp.RCX;
import static io.jandaia.tensor.kernel.asm.Gp.RDI;
import static io.jandaia.tensor.kernel.asm.Gp.RDX;
import static io.jandaia.tensor.kernel.asm.Gp.RSI;
import static io.jandaia.tensor.kernel.asm.Vec.zmm;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_LOAD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_STORE;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPUNPCKHDQ;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPUNPCKHQDQ;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPUNPCKLDQ;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPUNPCKLQDQ;
import static io.jandaia.tensor.kernel.asm.VectorOp.VSHUFF32X4;

import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;

/**
 * Sums {@code [16 rows][16 tokens]} to outputs {@code [tokens][rows]}. Called with the sums, the output, bytes from one token's
 * output to the next, tokens (1 to 16) and a mask of the rows that are written.
 */
final class TurnCode {

    private TurnCode() {}

    static Assembler of() {
        Assembler a = new Assembler(Assembler.Encoding.EVEX);
        a.kmovd(1, R8);
        for (int i = 0; i < 16; i++) {
            a.op(VMOVUPS_LOAD, zmm(i), Mem.at(RDI, 64L * i));
        }
        for (int i = 0; i < 16; i += 2) {
            a.op(VPUNPCKLDQ, zmm(16 + i), zmm(i), zmm(i + 1));
            a.op(VPUNPCKHDQ, zmm(17 + i), zmm(i), zmm(i + 1));
        }
        // Register 4q + j: in each quarter, token j of its four for rows 4q to 4q + 3.
        for (int i = 0; i < 16; i += 4) {
            for (int j = 0; j < 2; j++) {
                a.op(VPUNPCKLQDQ, zmm(i + 2 * j), zmm(16 + i + j), zmm(18 + i + j));
                a.op(VPUNPCKHQDQ, zmm(i + 2 * j + 1), zmm(16 + i + j), zmm(18 + i + j));
            }
        }
        for (int j = 0; j < 4; j++) {
            a.op(VSHUFF32X4, zmm(16), zmm(j), zmm(4 + j), 0x88);
            a.op(VSHUFF32X4, zmm(17), zmm(j), zmm(4 + j), 0xdd);
            a.op(VSHUFF32X4, zmm(18), zmm(8 + j), zmm(12 + j), 0x88);
            a.op(VSHUFF32X4, zmm(19), zmm(8 + j), zmm(12 + j), 0xdd);
            a.op(VSHUFF32X4, zmm(j), zmm(16), zmm(18), 0x88);
            a.op(VSHUFF32X4, zmm(4 + j), zmm(17), zmm(19), 0x88);
            a.op(VSHUFF32X4, zmm(8 + j), zmm(16), zmm(18), 0xdd);
            a.op(VSHUFF32X4, zmm(12 + j), zmm(17), zmm(19), 0xdd);
        }
        Label end = new Label();
        for (int t = 0; t < 16; t++) {
            a.storeMasked(VMOVUPS_STORE, Mem.at(RSI), 1, zmm(t));
            a.add(RSI, RDX);
            a.sub(RCX, 1);
            a.jump(Condition.EQUAL, end);
        }
        a.place(end);
        a.vzeroupper();
        a.ret();
        return a;
    }
}
