package io.jandaia.tensor.kernel.packed;

import static io.jandaia.tensor.kernel.asm.Gp.R10;
import static io.jandaia.tensor.kernel.asm.Gp.R11;
import static io.jandaia.tensor.kernel.asm.Gp.R8;
import static io.jandaia.tensor.kernel.asm.Gp.R9;
import static io.jandaia.tensor.kernel.asm.Gp.RAX;
import static io.jandaia.tensor.kernel.asm.Gp.RBX;
import static io.jandaia.tensor.kernel.asm.Gp.RCX;
import static io.jandaia.tensor.kernel.asm.Gp.RDI;
import static io.jandaia.tensor.kernel.asm.Gp.RDX;
import static io.jandaia.tensor.kernel.asm.Gp.RSI;
import static io.jandaia.tensor.kernel.asm.Vec.zmm;
import static io.jandaia.tensor.kernel.asm.VectorOp.VCVTDQ2PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VFMADD231PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VFNMADD231PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_STORE;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMULPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPBROADCASTD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPDPBUSD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPXORD;

import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;
import io.jandaia.tensor.kernel.asm.Vec;

/**
 * Groups of 16 rows times one panel of at most 16 tokens, with AVX-512 VNNI: rows in the lanes, each token's codes repeated from
 * memory, one vector of sums per token. Sums of one block are whole numbers and exact; blocks are added in order:
 * {@code out = fma(float(sum) * d, scale, out)}, and the minimum's share after it.
 */
final class ProductCode {

    /** Tokens whose instructions alternate, so that none waits for the one before. */
    private static final int ALTERNATING = 3;

    /** Bytes ahead of the codes being multiplied that are asked of memory: with half as many, streams were a tenth slower. */
    private static final int AHEAD = 8192;

    private static final int SCALES_AHEAD = 1024;

    private final Assembler a = new Assembler(Assembler.Encoding.EVEX);
    private final PackedFormat format;
    private final GroupCode group;
    private final int tokens;
    private final int width;
    private final int bias;

    private ProductCode(PackedFormat format, int tokens) {
        this.format = format;
        this.tokens = tokens;
        group = new GroupCode(a, format);
        width = Panels.width(tokens);
        // Scales and sums of wide panels are nearer than 127 words from here, so that displacements take one byte.
        bias = width * PackedFormat.BLOCK;
    }

    static Assembler of(PackedFormat format, int tokens) {
        return new ProductCode(format, tokens).write();
    }

    private Assembler write() {
        a.push(RBX);
        a.mov(RSI, Arguments.CODES.in(RDI));
        a.mov(RDX, Arguments.SCALES.in(RDI));
        a.mov(RCX, Arguments.OUT.in(RDI));
        a.mov(R10, Arguments.OUT_STRIDE.in(RDI));
        a.mov(R11, Arguments.GROUPS.in(RDI));
        a.mov(RBX, Arguments.CONSTANTS.in(RDI));
        group.constants();
        Label nextGroup = new Label();
        a.align(64);
        a.place(nextGroup);
        a.mov(R8, Arguments.PANEL.in(RDI));
        a.add(R8, bias);
        a.mov(R9, Arguments.BLOCKS.in(RDI));
        for (int t = 0; t < tokens; t++) {
            a.op(VPXORD, sum(t), sum(t), sum(t));
        }
        Label nextSuper = new Label();
        Label nextBlock = new Label();
        if (format.scales.grouped()) {
            a.place(nextSuper);
            group.superScales();
            a.mov(RAX, 8);
        }
        a.align(64);
        a.place(nextBlock);
        block();
        group.next();
        a.add(R8, Panels.blockBytes(width, format.sums()));
        if (format.scales.grouped()) {
            a.sub(RAX, 1);
            a.jump(Condition.NOT_EQUAL, nextBlock);
            a.sub(R9, 8);
            a.jump(Condition.NOT_EQUAL, nextSuper);
        } else {
            a.sub(R9, 1);
            a.jump(Condition.NOT_EQUAL, nextBlock);
        }
        a.mov(RAX, RCX);
        for (int t = 0; t < tokens; t++) {
            a.store(VMOVUPS_STORE, Mem.at(RAX), sum(t));
            a.add(RAX, R10);
        }
        a.add(RCX, 64);
        a.sub(R11, 1);
        a.jump(Condition.NOT_EQUAL, nextGroup);
        a.vzeroupper();
        a.pop(RBX);
        a.ret();
        return a;
    }

    private static Vec sum(int token) {
        return zmm(16 + token);
    }

    private void block() {
        group.codes();
        group.scales();
        for (int line = 0; line < format.codes.bytes; line += 64) {
            a.prefetcht0(Mem.at(RSI, AHEAD + line));
        }
        a.prefetcht0(Mem.at(RDX, SCALES_AHEAD));
        boolean halves = format.sums() == ActivationSums.HALVES;
        int together = halves ? 1 : ALTERNATING;
        for (int t = 0; t < tokens; t += together) {
            int end = Math.min(tokens, t + together);
            if (halves) {
                halves(t);
            } else {
                whole(t, end);
            }
        }
    }

    private void whole(int from, int to) {
        for (int t = from; t < to; t++) {
            Vec dot = zmm(9 + t - from);
            if (format.sums() == ActivationSums.WHOLE) {
                a.op(VPBROADCASTD, dot, slot(1, t, false));
            } else {
                a.op(VPXORD, dot, dot, dot);
            }
        }
        for (int quad = 0; quad < 8; quad++) {
            for (int t = from; t < to; t++) {
                a.op(VPDPBUSD, zmm(9 + t - from), zmm(quad), code(t, quad));
            }
        }
        for (int t = from; t < to; t++) {
            a.op(VCVTDQ2PS, zmm(9 + t - from), zmm(9 + t - from));
        }
        for (int t = from; t < to; t++) {
            a.op(VMULPS, zmm(9 + t - from), zmm(9 + t - from), GroupCode.SCALE);
        }
        for (int t = from; t < to; t++) {
            a.op(VFMADD231PS, sum(t), zmm(9 + t - from), slot(0, t, true));
        }
        if (format.scales.minimum()) {
            for (int t = from; t < to; t++) {
                a.op(
                        format.scales == Scales.SUPER_MINIMUM ? VFNMADD231PS : VFMADD231PS,
                        sum(t),
                        GroupCode.SECOND,
                        slot(1, t, true));
            }
        }
    }

    private void halves(int t) {
        a.op(VPBROADCASTD, zmm(9), slot(1, t, false));
        a.op(VPBROADCASTD, zmm(10), slot(2, t, false));
        for (int quad = 0; quad < 4; quad++) {
            a.op(VPDPBUSD, zmm(9), zmm(quad), code(t, quad));
            a.op(VPDPBUSD, zmm(10), zmm(quad + 4), code(t, quad + 4));
        }
        a.op(VCVTDQ2PS, zmm(9), zmm(9));
        a.op(VCVTDQ2PS, zmm(10), zmm(10));
        a.op(VMULPS, zmm(9), zmm(9), GroupCode.SCALE);
        a.op(VFMADD231PS, zmm(9), zmm(10), GroupCode.SECOND);
        a.op(VFMADD231PS, sum(t), zmm(9), slot(0, t, true));
    }

    private Mem code(int token, int quad) {
        return Mem.at(R8, token * 32L + quad * 4L - bias).all();
    }

    /** Slot 0 has the tokens' scales, 1 and 2 their sums. */
    private Mem slot(int slot, int token, boolean all) {
        Mem m = Mem.at(R8, width * 32L + slot * 4L * width + token * 4L - bias);
        return all ? m.all() : m;
    }
}
