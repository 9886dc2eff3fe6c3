package io.jandaia.tensor.kernel.packed;

import static io.jandaia.tensor.kernel.asm.Gp.R8;
import static io.jandaia.tensor.kernel.asm.Gp.R9;
import static io.jandaia.tensor.kernel.asm.Gp.RAX;
import static io.jandaia.tensor.kernel.asm.Gp.RCX;
import static io.jandaia.tensor.kernel.asm.Gp.RDI;
import static io.jandaia.tensor.kernel.asm.Gp.RDX;
import static io.jandaia.tensor.kernel.asm.Gp.RSI;
import static io.jandaia.tensor.kernel.asm.Vec.xmm;
import static io.jandaia.tensor.kernel.asm.Vec.ymm;

import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;
import io.jandaia.tensor.kernel.asm.Vec;
import io.jandaia.tensor.kernel.asm.VectorOp;

/** {@link QuantizeCode} with AVX2: the same arguments, the same bits. */
final class Avx2QuantizeCode {

    private static final Vec ABSOLUTE = ymm(15);
    private static final Vec INFINITY = ymm(14);
    private static final Vec MOST = ymm(13);
    private static final Vec NAN = ymm(12);
    private static final Vec FACTOR = ymm(11);

    private final Assembler a = new Assembler(Assembler.Encoding.VEX);

    private Avx2QuantizeCode() {}

    /** @param width tokens the panel has room for */
    static Assembler of(ActivationSums sums, int offset, int width) {
        return new Avx2QuantizeCode().write(sums, offset, width * Integer.BYTES);
    }

    private void constant(Vec to, int bits) {
        a.mov(RAX, bits);
        a.vmovd(to.as(128), RAX);
        a.op(VectorOp.VPBROADCASTD, to, to.as(128));
    }

    private Assembler write(ActivationSums sums, int offset, int halvesApart) {
        constant(ABSOLUTE, 0x7fffffff);
        constant(INFINITY, 0x7f800000);
        constant(MOST, Float.floatToRawIntBits(127f));
        constant(NAN, 0x7fc00000);
        constant(FACTOR, -offset);
        Label next = new Label();
        a.align(64);
        a.place(next);
        for (int i = 0; i < 4; i++) {
            a.op(VectorOp.VMOVUPS_LOAD, ymm(i), Mem.at(RDI, 32L * i));
        }
        scale();
        a.store(VectorOp.VMOVSS_STORE, Mem.at(RSI).index(R8, 1), xmm(5));
        for (int i = 0; i < 4; i++) {
            a.op(VectorOp.VMULPS, ymm(i), ymm(i), ymm(7));
            a.op(VectorOp.VCVTPS2DQ, ymm(i), ymm(i));
        }
        codes(0, 0);
        codes(2, 16);
        sums(sums, halvesApart);
        a.add(RDI, 128);
        a.add(RSI, RCX);
        a.sub(RDX, 1);
        a.jump(Condition.NOT_EQUAL, next);
        a.vzeroupper();
        a.ret();
        return a;
    }

    /** The block's scale to register 5, what its numbers are multiplied with to all of register 7. */
    private void scale() {
        // The bits of numbers without sign order as whole numbers do, NaN above infinity.
        a.op(VectorOp.VPAND, ymm(4), ymm(0), ABSOLUTE);
        for (int i = 1; i < 4; i++) {
            a.op(VectorOp.VPAND, ymm(5), ymm(i), ABSOLUTE);
            a.op(VectorOp.VPMAXSD, ymm(4), ymm(4), ymm(5));
        }
        fold(VectorOp.VPMAXSD, 4, 5);
        Vec most = MOST.as(128);
        Vec infinity = INFINITY.as(128);
        // 6: finite; 9: the inverse is finite.
        a.op(VectorOp.VPCMPGTD, xmm(6), infinity, xmm(4));
        a.op(VectorOp.VDIVPS, xmm(5), xmm(4), most);
        a.op(VectorOp.VPAND, xmm(5), xmm(5), xmm(6));
        a.op(VectorOp.VPANDN, xmm(8), xmm(6), NAN.as(128));
        a.op(VectorOp.VPOR, xmm(5), xmm(5), xmm(8));
        a.op(VectorOp.VDIVPS, xmm(7), most, xmm(4));
        a.op(VectorOp.VPCMPGTD, xmm(9), infinity, xmm(7));
        a.op(VectorOp.VPAND, xmm(7), xmm(7), xmm(9));
        a.op(VectorOp.VPAND, xmm(7), xmm(7), xmm(6));
        a.op(VectorOp.VPBROADCASTD, ymm(7), xmm(7));
    }

    /** Sixteen whole numbers of two registers, to bytes. */
    private void codes(int first, int at) {
        for (int i = 0; i < 2; i++) {
            a.narrow(VectorOp.VEXTRACTF128, xmm(9), ymm(first + i), 1);
            a.op(VectorOp.VPACKSSDW, xmm(8 + 2 * i), xmm(first + i), xmm(9));
        }
        a.op(VectorOp.VPACKSSWB, xmm(8), xmm(8), xmm(10));
        a.store(VectorOp.VMOVUPS_STORE, Mem.at(RSI, at), xmm(8));
    }

    private void sums(ActivationSums sums, int halvesApart) {
        a.op(VectorOp.VPADDD, ymm(0), ymm(0), ymm(1));
        a.op(VectorOp.VPADDD, ymm(2), ymm(2), ymm(3));
        if (sums == ActivationSums.HALVES) {
            fold(VectorOp.VPADDD, 2, 3);
            a.op(VectorOp.VPMULLD, xmm(2), xmm(2), FACTOR.as(128));
            a.store(VectorOp.VMOVSS_STORE, Mem.at(RSI, halvesApart).index(R9, 1), xmm(2));
        } else {
            a.op(VectorOp.VPADDD, ymm(0), ymm(0), ymm(2));
        }
        fold(VectorOp.VPADDD, 0, 1);
        if (sums == ActivationSums.SCALED) {
            a.op(VectorOp.VCVTDQ2PS, xmm(0), xmm(0));
            a.op(VectorOp.VMULPS, xmm(0), xmm(0), xmm(5));
        } else {
            a.op(VectorOp.VPMULLD, xmm(0), xmm(0), FACTOR.as(128));
        }
        a.store(VectorOp.VMOVSS_STORE, Mem.at(RSI).index(R9, 1), xmm(0));
    }

    /** Joins the eight lanes of a register; the result is in each of its low four. */
    private void fold(VectorOp op, int register, int other) {
        a.narrow(VectorOp.VEXTRACTF128, xmm(other), ymm(register), 1);
        a.op(op, xmm(register), xmm(register), xmm(other));
        a.op(VectorOp.VPSHUFD, xmm(other), xmm(register), 0x4e);
        a.op(op, xmm(register), xmm(register), xmm(other));
        a.op(VectorOp.VPSHUFD, xmm(other), xmm(register), 0xb1);
        a.op(op, xmm(register), xmm(register), xmm(other));
    }
}
