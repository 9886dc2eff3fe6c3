package io.jandaia.tensor.kernel.floats;

import static io.jandaia.tensor.kernel.asm.Gp.R8;
import static io.jandaia.tensor.kernel.asm.Gp.RCX;
import static io.jandaia.tensor.kernel.asm.Gp.RDI;
import static io.jandaia.tensor.kernel.asm.Gp.RDX;
import static io.jandaia.tensor.kernel.asm.Gp.RSI;
import static io.jandaia.tensor.kernel.asm.Vec.zmm;
import static io.jandaia.tensor.kernel.asm.VectorOp.VADDPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_LOAD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_STORE;
import static io.jandaia.tensor.kernel.asm.VectorOp.VSHUFF32X4;
import static io.jandaia.tensor.kernel.asm.VectorOp.VSHUFPS;

import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;
import io.jandaia.tensor.kernel.asm.VectorOp;

/**
 * Adds the partial sums of 16 rows, for several tokens: the two parts, then halves of 8, of 4, of 2 and of 1. Each step adds
 * two vectors' halves at once and leaves the sums of both in one vector. Called with the sums of the first part, the output,
 * bytes from one token's output to the next, tokens, and a mask of the rows that are written.
 */
final class SumCode {

    private SumCode() {}

    /**
     * @param sumsStride bytes from one token's sums to the next
     * @param partStride bytes from the first part's sums to the second's; 0 = there is one part
     */
    static Assembler of(int sumsStride, int partStride) {
        Assembler a = new Assembler(Assembler.Encoding.EVEX);
        a.kmovd(1, R8);
        Label next = new Label();
        a.align(64);
        a.place(next);
        for (int i = 0; i < 16; i++) {
            // Rows are read in the order that the steps below put right.
            int at = row(i) * 64;
            a.op(VMOVUPS_LOAD, zmm(i), Mem.at(RDI, at));
            if (partStride > 0) {
                a.op(VADDPS, zmm(i), zmm(i), Mem.at(RDI, (long) partStride + at));
            }
        }
        fold(a, 16, VSHUFF32X4, 0x44, 0xee);
        fold(a, 8, VSHUFF32X4, 0x88, 0xdd);
        fold(a, 4, VSHUFPS, 0x44, 0xee);
        fold(a, 2, VSHUFPS, 0x88, 0xdd);
        a.storeMasked(VMOVUPS_STORE, Mem.at(RSI), 1, zmm(0));
        a.add(RDI, sumsStride);
        a.add(RSI, RDX);
        a.sub(RCX, 1);
        a.jump(Condition.NOT_EQUAL, next);
        a.vzeroupper();
        a.ret();
        return a;
    }

    /**
     * The row whose sums register i gets: the first two steps leave one row in each quarter of a vector, the last two make the
     * first row of each quarter neighbours.
     */
    private static int row(int i) {
        return (i & 3) * 4 + (i >> 2);
    }

    /** Adds one half to the other of vectors 0 to {@code count - 1} by pairs, into vectors 0 to {@code count / 2 - 1}. */
    private static void fold(Assembler a, int count, VectorOp shuffle, int lower, int upper) {
        for (int i = 0; i < count; i += 2) {
            a.op(shuffle, zmm(16), zmm(i), zmm(i + 1), lower);
            a.op(shuffle, zmm(17), zmm(i), zmm(i + 1), upper);
            a.op(VADDPS, zmm(i / 2), zmm(16), zmm(17));
        }
    }
}
