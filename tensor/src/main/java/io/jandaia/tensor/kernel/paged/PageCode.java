package io.jandaia.tensor.kernel.paged;

import static io.jandaia.tensor.kernel.asm.Gp.R8;
import static io.jandaia.tensor.kernel.asm.Gp.RCX;
import static io.jandaia.tensor.kernel.asm.Gp.RDI;
import static io.jandaia.tensor.kernel.asm.Gp.RDX;
import static io.jandaia.tensor.kernel.asm.Gp.RSI;
import static io.jandaia.tensor.kernel.asm.Vec.zmm;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_LOAD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_STORE;

import io.jandaia.tensor.kernel.KvShape;
import io.jandaia.tensor.kernel.KvType;
import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;

/**
 * Decodes one head's keys or values of a page to float32, with AVX-512, and asks for those of the next page meanwhile.
 *
 * <p>Arguments: the numbers, where they go, the numbers of the next page, the scales.
 */
final class PageCode {

    private final Assembler a = new Assembler(Assembler.Encoding.EVEX);

    private PageCode() {}

    /** Keys {@code [keyDim][PAGE]} with scales {@code [blocks][PAGE]}. */
    static Assembler keys(KvType type, int keyDim) {
        PageCode code = new PageCode();
        if (type == KvType.Q8) {
            return code.scaledKeys(keyDim);
        }
        return code.halves(type, keyDim);
    }

    /** Values {@code [PAGE][valueDim]} with scales {@code [PAGE][blocks]}; valueDim is a multiple of 16. */
    static Assembler values(KvType type, int valueDim) {
        PageCode code = new PageCode();
        if (type == KvType.Q8) {
            return code.scaledValues(valueDim);
        }
        return code.halves(type, valueDim);
    }

    private Assembler end() {
        a.vzeroupper();
        a.ret();
        return a;
    }

    /** Two vectors, a cache line, at a time. */
    private Assembler halves(KvType type, int dim) {
        a.mov(R8, dim);
        Label next = new Label();
        a.align(32);
        a.place(next);
        for (int i = 0; i < 2; i++) {
            KvReading.load(a, type, zmm(i), Mem.at(RDI, 32L * i));
            a.store(VMOVUPS_STORE, Mem.at(RSI, 64L * i), zmm(i));
        }
        a.prefetcht0(Mem.at(RDX));
        a.add(RDI, 64);
        a.add(RSI, 128);
        a.add(RDX, 64);
        a.sub(R8, 1);
        a.jump(Condition.NOT_EQUAL, next);
        return end();
    }

    private Assembler scaledKeys(int keyDim) {
        for (int first = 0; first < keyDim; first += KvType.BLOCK) {
            a.op(VMOVUPS_LOAD, zmm(2), Mem.at(RCX));
            a.op(VMOVUPS_LOAD, zmm(3), Mem.at(RCX, 64));
            a.prefetcht0(Mem.at(RDX));
            a.mov(R8, Math.min(KvType.BLOCK, keyDim - first));
            Label next = new Label();
            a.align(32);
            a.place(next);
            for (int i = 0; i < 2; i++) {
                KvReading.load(a, zmm(i), Mem.at(RDI, 16L * i), zmm(2 + i));
                a.store(VMOVUPS_STORE, Mem.at(RSI, 64L * i), zmm(i));
            }
            a.prefetcht0(Mem.at(RDX));
            a.add(RDI, KvShape.PAGE);
            a.add(RSI, KvShape.PAGE * 4);
            a.add(RDX, KvShape.PAGE);
            a.sub(R8, 1);
            a.jump(Condition.NOT_EQUAL, next);
            a.add(RCX, KvShape.PAGE * 4);
        }
        return end();
    }

    private Assembler scaledValues(int valueDim) {
        a.mov(R8, KvShape.PAGE);
        Label next = new Label();
        a.align(32);
        a.place(next);
        for (int d = 0; d < valueDim; d += 16) {
            KvReading.load(
                    a,
                    zmm(d / 16 % 4),
                    Mem.at(RDI, d),
                    Mem.at(RCX, d / KvType.BLOCK * 4L).all());
            a.store(VMOVUPS_STORE, Mem.at(RSI, d * 4L), zmm(d / 16 % 4));
        }
        for (int d = 0; d < valueDim; d += 64) {
            a.prefetcht0(Mem.at(RDX, d));
        }
        a.add(RDI, valueDim);
        a.add(RSI, valueDim * 4);
        a.add(RDX, valueDim);
        a.add(RCX, (valueDim + KvType.BLOCK - 1) / KvType.BLOCK * 4);
        a.sub(R8, 1);
        a.jump(Condition.NOT_EQUAL, next);
        return end();
    }
}
