package io.jandaia.tensor.kernel.floats;

import static io.jandaia.tensor.kernel.asm.Gp.R10;
import static io.jandaia.tensor.kernel.asm.Gp.R11;
import static io.jandaia.tensor.kernel.asm.Gp.R12;
import static io.jandaia.tensor.kernel.asm.Gp.R8;
import static io.jandaia.tensor.kernel.asm.Gp.R9;
import static io.jandaia.tensor.kernel.asm.Gp.RAX;
import static io.jandaia.tensor.kernel.asm.Gp.RBX;
import static io.jandaia.tensor.kernel.asm.Gp.RCX;
import static io.jandaia.tensor.kernel.asm.Gp.RDI;
import static io.jandaia.tensor.kernel.asm.Gp.RDX;
import static io.jandaia.tensor.kernel.asm.Gp.RSI;
import static io.jandaia.tensor.kernel.asm.Vec.zmm;
import static io.jandaia.tensor.kernel.asm.VectorOp.VDPBF16PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VFMADD231PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_LOAD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_STORE;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPXORD;

import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Gp;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;
import io.jandaia.tensor.kernel.asm.Vec;

/**
 * Tiles of four rows by at most six tokens: 24 registers of sums, and ten loads for 24 products. Called with the weights, the
 * activations {@code [steps][tokens][64 bytes]}, the sums {@code [token][row][16]}, steps to multiply, tiles, a stride of weights.
 */
final class TileCode {

    static final int ROWS = 4;
    static final int TOKENS = 6;

    private static final long LINE = 64;

    private TileCode() {}

    /**
     * Of float32, one part (16 of the 32 partial sums) at a time; weights are {@code [tiles][steps of the row][4 rows][16]}, their stride
     * the bytes from one tile to the next.
     *
     * @param tokens 1 to 6
     * @param goesOn whether the sums are read first; otherwise they start at 0
     * @param sumsStride bytes from one token's sums to the next
     */
    static Assembler of(int tokens, boolean goesOn, int sumsStride) {
        return write(tokens, goesOn, sumsStride, false);
    }

    /** Of BF16, 32 numbers a step, with rows where the file has them; the stride is that from one row to the next. */
    static Assembler ofPairs(int tokens, boolean goesOn, int sumsStride) {
        return write(tokens, goesOn, sumsStride, true);
    }

    private static Assembler write(int tokens, boolean goesOn, int sumsStride, boolean pairs) {
        Assembler a = new Assembler(Assembler.Encoding.EVEX);
        if (pairs) {
            a.push(RBX);
            a.push(R12);
            a.lea(RBX, Mem.at(R9).index(R9, 2));
        }
        Label nextTile = new Label();
        a.align(64);
        a.place(nextTile);
        a.mov(R10, RDI);
        if (pairs) {
            a.lea(R12, Mem.at(RDI).index(R9, ROWS));
        }
        a.mov(R11, RSI);
        a.mov(RAX, RCX);
        for (int t = 0; t < tokens; t++) {
            for (int r = 0; r < ROWS; r++) {
                if (goesOn) {
                    a.op(VMOVUPS_LOAD, sum(t, r), place(t, r, sumsStride));
                } else {
                    a.op(VPXORD, sum(t, r), sum(t, r), sum(t, r));
                }
            }
        }
        Label next = new Label();
        a.align(64);
        a.place(next);
        for (int r = 0; r < ROWS; r++) {
            a.op(VMOVUPS_LOAD, zmm(r), pairs ? row(R10, r) : Mem.at(R10, r * LINE));
            if (pairs) {
                a.prefetcht0(row(R12, r)); // of the next tile
            }
        }
        if (pairs) {
            a.add(R12, (int) LINE);
        }
        for (int t = 0; t < tokens; t++) {
            Vec x = zmm(4 + t % 4);
            a.op(VMOVUPS_LOAD, x, Mem.at(R11, t * LINE));
            for (int r = 0; r < ROWS; r++) {
                a.op(pairs ? VDPBF16PS : VFMADD231PS, sum(t, r), x, zmm(r));
            }
        }
        a.add(R10, (int) (pairs ? LINE : ROWS * LINE));
        a.add(R11, (int) (tokens * LINE));
        a.sub(RAX, 1);
        a.jump(Condition.NOT_EQUAL, next);
        for (int t = 0; t < tokens; t++) {
            for (int r = 0; r < ROWS; r++) {
                a.store(VMOVUPS_STORE, place(t, r, sumsStride), sum(t, r));
            }
        }
        if (pairs) {
            a.lea(RDI, Mem.at(RDI).index(R9, ROWS));
        } else {
            a.add(RDI, R9);
        }
        a.add(RDX, (int) (ROWS * LINE));
        a.sub(R8, 1);
        a.jump(Condition.NOT_EQUAL, nextTile);
        a.vzeroupper();
        if (pairs) {
            a.pop(R12);
            a.pop(RBX);
        }
        a.ret();
        return a;
    }

    /** A row of pairs; RBX has three strides. */
    private static Mem row(Gp at, int r) {
        return switch (r) {
            case 0 -> Mem.at(at);
            case 1 -> Mem.at(at).index(R9, 1);
            case 2 -> Mem.at(at).index(R9, 2);
            default -> Mem.at(at).index(RBX, 1);
        };
    }

    private static Vec sum(int token, int row) {
        return zmm(8 + token * ROWS + row);
    }

    private static Mem place(int token, int row, int stride) {
        return Mem.at(RDX, (long) token * stride + row * LINE);
    }
}
