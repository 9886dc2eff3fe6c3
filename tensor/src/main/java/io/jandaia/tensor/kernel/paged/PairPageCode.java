package io.jandaia.tensor.kernel.paged;

import static io.jandaia.tensor.kernel.asm.Gp.R8;
import static io.jandaia.tensor.kernel.asm.Gp.RAX;
import static io.jandaia.tensor.kernel.asm.Gp.RCX;
import static io.jandaia.tensor.kernel.asm.Gp.RDI;
import static io.jandaia.tensor.kernel.asm.Gp.RDX;
import static io.jandaia.tensor.kernel.asm.Gp.RSI;
import static io.jandaia.tensor.kernel.asm.Vec.zmm;
import static io.jandaia.tensor.kernel.asm.VectorOp.VCVTNE2PS2BF16;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_LOAD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_STORE;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPERMW;

import io.jandaia.tensor.kernel.KvShape;
import io.jandaia.tensor.kernel.KvType;
import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;
import io.jandaia.tensor.kernel.asm.Vec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Decodes one head's keys or values of a page to pairs of BF16, rounded to the nearest, with AVX-512, and asks for those of the
 * next page meanwhile: numbers {@code [rows][columns]} become {@code [rows / 2][columns][2]}.
 *
 * <p>Arguments: the numbers, where they go, the numbers of the next page, the scales, {@link #order}.
 */
final class PairPageCode {

    private static final Vec ORDER = zmm(31);
    private static final MemorySegment ORDER_MEMORY = orderMemory();

    private final Assembler a = new Assembler(Assembler.Encoding.EVEX);
    private final KvType type;
    private final boolean keys;
    private final int rows;
    private final int columns;

    private PairPageCode(KvType type, boolean keys, int rows, int columns) {
        this.type = type;
        this.keys = keys;
        this.rows = rows;
        this.columns = columns;
    }

    /** Keys {@code [keyDim][PAGE]} with scales {@code [blocks][PAGE]}; keyDim is even. */
    static Assembler keys(KvType type, int keyDim) {
        return new PairPageCode(type, true, keyDim, KvShape.PAGE).write();
    }

    /** Values {@code [PAGE][valueDim]} with scales {@code [PAGE][blocks]}; valueDim is a multiple of 16. */
    static Assembler values(KvType type, int valueDim) {
        return new PairPageCode(type, false, KvShape.PAGE, valueDim).write();
    }

    /** Which 16 bits of sixteen numbers and of sixteen more go where, so that they lie in turn. */
    static long order() {
        return ORDER_MEMORY.address();
    }

    private static MemorySegment orderMemory() {
        MemorySegment m = Arena.global().allocate(64, 64);
        for (int i = 0; i < 16; i++) {
            m.setAtIndex(ValueLayout.JAVA_SHORT, 2L * i, (short) i);
            m.setAtIndex(ValueLayout.JAVA_SHORT, 2L * i + 1, (short) (16 + i));
        }
        return m;
    }

    private Assembler write() {
        a.op(VMOVUPS_LOAD, ORDER, Mem.at(R8));
        int together = keys && type == KvType.Q8 ? KvType.BLOCK : rows;
        for (int first = 0; first < rows; first += together) {
            rows(Math.min(together, rows - first));
            a.add(RCX, KvShape.PAGE * 4); // the scales of the next block of keys
        }
        a.vzeroupper();
        a.ret();
        return a;
    }

    /** Rows whose scales, those of keys, are the same. */
    private void rows(int count) {
        int rowBytes = columns * type.bytes();
        a.mov(RAX, count / 2);
        Label next = new Label();
        a.align(32);
        a.place(next);
        for (int c = 0; c < columns; c += 16) {
            Vec even = zmm(c / 16 % 4 * 2);
            Vec odd = zmm(c / 16 % 4 * 2 + 1);
            number(even, 0, c);
            number(odd, 1, c);
            a.op(VCVTNE2PS2BF16, even, odd, even);
            a.op(VPERMW, even, ORDER, even);
            a.store(VMOVUPS_STORE, Mem.at(RSI, c * 4L), even);
        }
        for (int line = 0; line < 2 * rowBytes; line += 64) {
            a.prefetcht0(Mem.at(RDX, line));
        }
        a.add(RDI, 2 * rowBytes);
        a.add(RSI, columns * 4);
        a.add(RDX, 2 * rowBytes);
        if (!keys) {
            a.add(RCX, 2 * type.scales(columns) * 4);
        }
        a.sub(RAX, 1);
        a.jump(Condition.NOT_EQUAL, next);
    }

    /** Sixteen numbers of the first or second row as float32. */
    private void number(Vec to, int row, int column) {
        Mem from = Mem.at(RDI, ((long) row * columns + column) * type.bytes());
        if (type != KvType.Q8) {
            KvReading.load(a, type, to, from);
            return;
        }
        long ofRow = (long) row * type.scales(columns);
        KvReading.load(
                a,
                to,
                from,
                keys
                        ? Mem.at(RCX, column * 4L)
                        : Mem.at(RCX, (ofRow + column / KvType.BLOCK) * 4).all());
    }
}
