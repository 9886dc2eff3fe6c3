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
import static io.jandaia.tensor.kernel.asm.Vec.zmm;

import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;
import io.jandaia.tensor.kernel.asm.Vec;
import io.jandaia.tensor.kernel.asm.VectorOp;

/**
 * One token's activations to bytes, with AVX-512, as QuantizedActivations defines it: {@code scale = max|x| / 127}, a code is
 * {@code x * (127 / max|x|)} rounded to the nearest, ties to even; NaN and infinity make the block's scale NaN.
 *
 * <p>Arguments: the numbers, where the token's first codes go, blocks, bytes between blocks, and how far the block's scale and
 * its sum lie behind its codes.
 */
final class QuantizeCode {

    private static final int LESS = 1;

    private final Assembler a = new Assembler(Assembler.Encoding.EVEX);

    private QuantizeCode() {}

    /** @param width tokens the panel has room for */
    static Assembler of(ActivationSums sums, int offset, int width) {
        return new QuantizeCode().write(sums, offset, width * Integer.BYTES);
    }

    private void constant(Vec to, int bits) {
        a.mov(RAX, bits);
        a.vpbroadcastd(to, RAX);
    }

    private Assembler write(ActivationSums sums, int offset, int halvesApart) {
        Vec absolute = zmm(16);
        Vec infinity = zmm(17);
        Vec most = zmm(18);
        Vec nan = zmm(19);
        Vec factor = zmm(20);
        constant(absolute, 0x7fffffff);
        constant(infinity, 0x7f800000);
        constant(most, Float.floatToRawIntBits(127f));
        constant(nan, 0x7fc00000);
        constant(factor, -offset);
        Label next = new Label();
        a.align(64);
        a.place(next);
        a.op(VectorOp.VMOVUPS_LOAD, zmm(0), Mem.at(RDI));
        a.op(VectorOp.VMOVUPS_LOAD, zmm(1), Mem.at(RDI, 64));
        // The bits of numbers without sign order as whole numbers do, NaN above infinity.
        a.op(VectorOp.VPANDD, zmm(2), zmm(0), absolute);
        a.op(VectorOp.VPANDD, zmm(3), zmm(1), absolute);
        a.op(VectorOp.VPMAXSD, zmm(2), zmm(2), zmm(3));
        a.narrow(VectorOp.VEXTRACTF64X4, ymm(3), zmm(2), 1);
        a.op(VectorOp.VPMAXSD, ymm(2), ymm(2), ymm(3));
        a.narrow(VectorOp.VEXTRACTF32X4, xmm(3), ymm(2), 1);
        a.op(VectorOp.VPMAXSD, xmm(2), xmm(2), xmm(3));
        a.op(VectorOp.VPSHUFD, xmm(3), xmm(2), 0x4e);
        a.op(VectorOp.VPMAXSD, xmm(2), xmm(2), xmm(3));
        a.op(VectorOp.VPSHUFD, xmm(3), xmm(2), 0xb1);
        a.op(VectorOp.VPMAXSD, xmm(2), xmm(2), xmm(3));
        // k1: finite; k2: above zero, finite, and its inverse is finite.
        a.compare(VectorOp.VPCMPUD, 1, xmm(2), infinity.as(128), LESS);
        a.op(VectorOp.VDIVPS, xmm(4), xmm(2), most.as(128));
        a.op(VectorOp.VMOVAPS, xmm(5), nan.as(128));
        a.masked(VectorOp.VMOVAPS, xmm(5), 1, false, xmm(4));
        a.op(VectorOp.VDIVPS, xmm(4), most.as(128), xmm(2));
        a.compare(VectorOp.VPCMPUD, 2, xmm(4), infinity.as(128), LESS);
        a.masked(VectorOp.VMOVAPS, xmm(4), 2, true, xmm(4));
        a.op(VectorOp.VPXORD, xmm(6), xmm(6), xmm(6));
        a.masked(VectorOp.VMOVAPS, xmm(6), 1, false, xmm(4));
        a.op(VectorOp.VBROADCASTSS, zmm(7), xmm(6));
        a.op(VectorOp.VMULPS, zmm(0), zmm(0), zmm(7));
        a.op(VectorOp.VMULPS, zmm(1), zmm(1), zmm(7));
        a.op(VectorOp.VCVTPS2DQ, zmm(0), zmm(0));
        a.op(VectorOp.VCVTPS2DQ, zmm(1), zmm(1));
        a.narrow(VectorOp.VPMOVSDB, Mem.at(RSI), zmm(0));
        a.narrow(VectorOp.VPMOVSDB, Mem.at(RSI, 16), zmm(1));
        a.store(VectorOp.VMOVSS_STORE, Mem.at(RSI).index(R8, 1), xmm(5));
        switch (sums) {
            case WHOLE, SCALED -> {
                a.op(VectorOp.VPADDD, zmm(0), zmm(0), zmm(1));
                reduce(0, 1);
                if (sums == ActivationSums.WHOLE) {
                    a.op(VectorOp.VPMULLD, xmm(0), xmm(0), factor.as(128));
                } else {
                    a.op(VectorOp.VCVTDQ2PS, xmm(0), xmm(0));
                    a.op(VectorOp.VMULPS, xmm(0), xmm(0), xmm(5));
                }
                a.store(VectorOp.VMOVSS_STORE, Mem.at(RSI).index(R9, 1), xmm(0));
            }
            case HALVES -> {
                reduce(0, 2);
                reduce(1, 3);
                a.op(VectorOp.VPMULLD, xmm(0), xmm(0), factor.as(128));
                a.op(VectorOp.VPMULLD, xmm(1), xmm(1), factor.as(128));
                a.store(VectorOp.VMOVSS_STORE, Mem.at(RSI).index(R9, 1), xmm(0));
                a.store(VectorOp.VMOVSS_STORE, Mem.at(RSI, halvesApart).index(R9, 1), xmm(1));
            }
        }
        a.add(RDI, 128);
        a.add(RSI, RCX);
        a.sub(RDX, 1);
        a.jump(Condition.NOT_EQUAL, next);
        a.vzeroupper();
        a.ret();
        return a;
    }

    /** Adds the 16 whole numbers of a register; the sum is in each of its low four lanes. */
    private void reduce(int register, int other) {
        a.narrow(VectorOp.VEXTRACTF64X4, ymm(other), zmm(register), 1);
        a.op(VectorOp.VPADDD, ymm(register), ymm(register), ymm(other));
        a.narrow(VectorOp.VEXTRACTF32X4, xmm(other), ymm(register), 1);
        a.op(VectorOp.VPADDD, xmm(register), xmm(register), xmm(other));
        a.op(VectorOp.VPSHUFD, xmm(other), xmm(register), 0x4e);
        a.op(VectorOp.VPADDD, xmm(register), xmm(register), xmm(other));
        a.op(VectorOp.VPSHUFD, xmm(other), xmm(register), 0xb1);
        a.op(VectorOp.VPADDD, xmm(register), xmm(register), xmm(other));
    }
}
