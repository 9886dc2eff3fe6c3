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
import static io.jandaia.tensor.kernel.asm.VectorOp.VADDPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VDPBF16PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VFMADD231PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVSS_STORE;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_LOAD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPXORD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VSHUFF32X4;
import static io.jandaia.tensor.kernel.asm.VectorOp.VSHUFPS;

import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;
import io.jandaia.tensor.kernel.asm.Vec;
import io.jandaia.tensor.kernel.asm.VectorOp;

/**
 * Rows times one token, one row after the other: memory is one stream, which is what limits it. Called with the rows, the token,
 * groups of 32 numbers (at least 1), rows, the output, bytes from one row to the next.
 */
final class RowCode {

    private static final int AHEAD = 4096;
    private static final Vec A = zmm(16);
    private static final Vec B = zmm(17);

    private RowCode() {}

    static Assembler of(FloatReading reading) {
        return write(reading, false);
    }

    /** BF16 with a token in BF16; there is one part. */
    static Assembler ofPairs() {
        return write(FloatReading.BF16, true);
    }

    private static Assembler write(FloatReading reading, boolean pairs) {
        Assembler a = new Assembler(Assembler.Encoding.EVEX);
        Label nextRow = new Label();
        Label next = new Label();
        a.align(64);
        a.place(nextRow);
        a.mov(R10, RDI);
        a.mov(R11, RSI);
        a.mov(RAX, RDX);
        a.op(VPXORD, A, A, A);
        a.op(VPXORD, B, B, B);
        a.align(64);
        a.place(next);
        if (pairs) {
            a.op(VMOVUPS_LOAD, zmm(18), Mem.at(R10));
            reading.prefetch(a, R10, AHEAD);
            a.op(VDPBF16PS, A, zmm(18), Mem.at(R11));
        } else {
            reading.load(a, zmm(18), R10, 0);
            reading.load(a, zmm(19), R10, reading.partBytes);
            reading.prefetch(a, R10, AHEAD);
            a.op(VFMADD231PS, A, zmm(18), Mem.at(R11));
            a.op(VFMADD231PS, B, zmm(19), Mem.at(R11, 64));
        }
        a.add(R10, reading.groupBytes);
        a.add(R11, pairs ? 64 : 128);
        a.sub(RAX, 1);
        a.jump(Condition.NOT_EQUAL, next);
        if (!pairs) {
            a.op(VADDPS, A, A, B);
        }
        fold(a, VSHUFF32X4, 0xee);
        fold(a, VSHUFF32X4, 0x55);
        fold(a, VSHUFPS, 0xee);
        fold(a, VSHUFPS, 0x55);
        a.store(VMOVSS_STORE, Mem.at(R8), A.as(128));
        a.add(R8, 4);
        a.add(RDI, R9);
        a.sub(RCX, 1);
        a.jump(Condition.NOT_EQUAL, nextRow);
        a.vzeroupper();
        a.ret();
        return a;
    }

    /** Adds the upper half of what counts to the lower. */
    private static void fold(Assembler a, VectorOp shuffle, int upper) {
        a.op(shuffle, B, A, A, upper);
        a.op(VADDPS, A, A, B);
    }
}
