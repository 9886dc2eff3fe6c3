package io.jandaia.tensor.kernel.packed;

import static io.jandaia.tensor.kernel.asm.Gp.R10;
import static io.jandaia.tensor.kernel.asm.Gp.R11;
import static io.jandaia.tensor.kernel.asm.Gp.R12;
import static io.jandaia.tensor.kernel.asm.Gp.R13;
import static io.jandaia.tensor.kernel.asm.Gp.R8;
import static io.jandaia.tensor.kernel.asm.Gp.R9;
import static io.jandaia.tensor.kernel.asm.Gp.RAX;
import static io.jandaia.tensor.kernel.asm.Gp.RBX;
import static io.jandaia.tensor.kernel.asm.Gp.RCX;
import static io.jandaia.tensor.kernel.asm.Gp.RDI;
import static io.jandaia.tensor.kernel.asm.Gp.RDX;
import static io.jandaia.tensor.kernel.asm.Gp.RSI;
import static io.jandaia.tensor.kernel.asm.Vec.ymm;

import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Gp;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;
import io.jandaia.tensor.kernel.asm.Vec;
import io.jandaia.tensor.kernel.asm.VectorOp;

/**
 * {@link ProductCode} with AVX2: the same arguments, the same order of operations and so the same bits. A block's codes are
 * unpacked for eight rows at a time, multiplied with all tokens of the panel, and the tokens' sums wait in memory, since 16
 * registers have no room for them.
 *
 * <p>VPMADDUBSW multiplies bytes without sign and with sign and adds pairs to 16 bits, which saturate. Codes without sign of n
 * bits, times at most 127, leave room to add 2 to 8 such results. Signed codes take the absolute value as the factor without
 * sign and give the activation their sign: 2 * 128 * 127 just fits. They need no correction by the sum of activations.
 */
final class Avx2ProductCode {

    /** Bytes ahead of the codes being multiplied that are asked of memory. */
    private static final int AHEAD = 4096;

    /** Where signed codes lie, behind the sums of 16 tokens. */
    private static final long LEVELS_AT = 16 * 64;

    private static final Vec SCALE = ymm(8);
    private static final Vec SECOND = ymm(9);
    private static final Vec DOT = ymm(10);
    private static final Vec SECOND_DOT = ymm(11);
    private static final Vec PAIRS = ymm(12);
    private static final Vec X = ymm(13);
    private static final Vec ONES = ymm(14);
    private static final Vec MASK = ymm(15);

    private final Assembler a = new Assembler(Assembler.Encoding.VEX);
    private final PackedFormat format;
    private final int tokens;
    private final int width;
    private final boolean vnni;
    private final boolean signed;

    private Avx2ProductCode(PackedFormat format, int tokens, boolean vnni) {
        this.format = format;
        this.tokens = tokens;
        this.vnni = vnni;
        width = Panels.width(tokens);
        signed = !vnni && (format.codes == Codes.BYTES || format.codes == Codes.TABLE);
    }

    /** @param vnni whether to use VPDPBUSD, as in {@link ProductCode} */
    static Assembler of(PackedFormat format, int tokens, boolean vnni) {
        return new Avx2ProductCode(format, tokens, vnni).write();
    }

    private Assembler write() {
        a.push(RBX);
        a.push(R12);
        a.push(R13);
        a.mov(RSI, Arguments.CODES.in(RDI));
        a.mov(RDX, Arguments.SCALES.in(RDI));
        a.mov(RCX, Arguments.OUT.in(RDI));
        a.mov(R10, Arguments.OUT_STRIDE.in(RDI));
        a.mov(R11, Arguments.GROUPS.in(RDI));
        a.mov(RBX, Arguments.CONSTANTS.in(RDI));
        a.mov(R12, Arguments.SUMS.in(RDI));
        repeat(ONES, 0x00010001);
        repeat(MASK, format.codes == Codes.BYTES ? 0x80808080 : 0x0f0f0f0f);
        Label nextGroup = new Label();
        Label nextSuper = new Label();
        Label nextBlock = new Label();
        a.align(64);
        a.place(nextGroup);
        a.mov(R8, Arguments.PANEL.in(RDI));
        a.mov(R9, Arguments.BLOCKS.in(RDI));
        a.op(VectorOp.VPXOR, X, X, X);
        for (int i = 0; i < 2 * tokens; i++) {
            a.store(VectorOp.VMOVUPS_STORE, Mem.at(R12, 32L * i), X);
        }
        if (format.scales.grouped()) {
            a.place(nextSuper);
            a.mov(R13, RDX);
            a.add(RDX, format.scales.superBytes);
            a.mov(RAX, 8);
        }
        a.align(64);
        a.place(nextBlock);
        for (int line = 0; line < format.codes.bytes; line += 64) {
            a.prefetcht0(Mem.at(RSI, AHEAD + line));
        }
        rows(0);
        rows(1);
        a.add(RSI, format.codes.bytes);
        a.add(RDX, format.scales.blockBytes);
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
            for (int half = 0; half < 2; half++) {
                a.op(VectorOp.VMOVUPS_LOAD, X, sum(t, half));
                a.store(VectorOp.VMOVUPS_STORE, Mem.at(RAX, 32L * half), X);
            }
            a.add(RAX, R10);
        }
        a.add(RCX, 64);
        a.sub(R11, 1);
        a.jump(Condition.NOT_EQUAL, nextGroup);
        a.vzeroupper();
        a.pop(R13);
        a.pop(R12);
        a.pop(RBX);
        a.ret();
        return a;
    }

    private void repeat(Vec to, int constant) {
        Mem word = Constants.word(RBX, constant);
        a.op(VectorOp.VPBROADCASTD, to, Mem.at(word.base(), word.displacement()));
    }

    private static Mem sum(int token, int half) {
        return Mem.at(R12, 64L * token + 32L * half);
    }

    /** One block of eight rows, times all tokens. */
    private void rows(int half) {
        if (format.codes == Codes.BYTES) {
            for (int j = 0; j < 8; j++) {
                if (signed) {
                    a.op(VectorOp.VPABSB, ymm(j), Mem.at(RSI, 64L * j + 32L * half));
                } else {
                    a.op(VectorOp.VPXOR, ymm(j), MASK, Mem.at(RSI, 64L * j + 32L * half));
                }
            }
        } else {
            nibbles(half);
        }
        scales(half);
        for (int t = 0; t < tokens; t++) {
            token(t, half);
        }
    }

    private void nibbles(int half) {
        for (int j = 0; j < 4; j++) {
            a.op(VectorOp.VMOVUPS_LOAD, ymm(j + 4), Mem.at(RSI, 64L * j + 32L * half));
            a.op(VectorOp.VPAND, ymm(j), ymm(j + 4), MASK);
            a.shift(VectorOp.VPSRLD, ymm(j + 4), ymm(j + 4), 4);
            a.op(VectorOp.VPAND, ymm(j + 4), ymm(j + 4), MASK);
        }
        switch (format.codes) {
            case TABLE -> levels();
            case FIVE_BITS -> upper(half, 1, 0x10101010);
            case SIX_BITS -> upper(half, 2, 0x30303030);
            default -> {}
        }
    }

    private void levels() {
        a.op(VectorOp.VMOVUPS_LOAD, X, signed ? Constants.signedTable(RBX) : Constants.table(RBX));
        for (int j = 0; j < 8; j++) {
            a.op(VectorOp.VPSHUFB, ymm(j), X, ymm(j));
            if (signed) {
                a.store(VectorOp.VMOVUPS_STORE, Mem.at(R12, LEVELS_AT + 32L * j), ymm(j));
                a.op(VectorOp.VPABSB, ymm(j), ymm(j));
            }
        }
    }

    /** Adds upper bits, {@code bits} of each quad, above the four lower ones. */
    private void upper(int half, int bits, int mask) {
        int perVector = 8 / bits;
        repeat(PAIRS, mask);
        for (int j = 0; j < 8; j++) {
            if (j % perVector == 0) {
                a.op(VectorOp.VMOVUPS_LOAD, DOT, Mem.at(RSI, 256 + 64L * (j / perVector) + 32L * half));
            }
            int shift = 4 - bits * (j % perVector);
            Vec moved = shift == 0 ? DOT : X;
            if (shift > 0) {
                a.shift(VectorOp.VPSLLD, moved, DOT, shift);
            } else if (shift < 0) {
                a.shift(VectorOp.VPSRLD, moved, DOT, -shift);
            }
            a.op(VectorOp.VPAND, X, moved, PAIRS);
            a.op(VectorOp.VPOR, ymm(j), ymm(j), X);
        }
    }

    private void scales(int half) {
        switch (format.scales) {
            case BLOCK -> halfFloats(SCALE, RDX, 16 * half);
            case BLOCK_MINIMUM -> {
                halfFloats(SCALE, RDX, 16 * half);
                halfFloats(SECOND, RDX, 32 + 16 * half);
            }
            case SUPER -> whole(VectorOp.VPMOVSXBD, SCALE, half, 0, 0);
            case SUPER_MINIMUM -> {
                whole(VectorOp.VPMOVZXBD, SCALE, half, 0, 0);
                whole(VectorOp.VPMOVZXBD, SECOND, half, 16, 32);
            }
            case SUPER_HALVES -> {
                whole(VectorOp.VPMOVSXBD, SCALE, half, 0, 0);
                whole(VectorOp.VPMOVSXBD, SECOND, half, 16, 0);
            }
        }
    }

    private void halfFloats(Vec to, Gp base, int at) {
        a.op(VectorOp.VCVTPH2PS, to, Mem.at(base, at));
    }

    private void whole(VectorOp widen, Vec to, int half, int at, int superAt) {
        halfFloats(X, R13, superAt + 16 * half);
        a.op(widen, to, Mem.at(RDX, at + 8L * half));
        a.op(VectorOp.VCVTDQ2PS, to, to);
        a.op(VectorOp.VMULPS, to, to, X);
    }

    private void token(int t, int half) {
        boolean halves = format.sums() == ActivationSums.HALVES;
        dot(DOT, t, half, 0, halves ? 4 : 8, 1);
        if (halves) {
            dot(SECOND_DOT, t, half, 4, 8, 2);
        }
        a.op(VectorOp.VCVTDQ2PS, DOT, DOT);
        a.op(VectorOp.VMULPS, DOT, DOT, SCALE);
        if (halves) {
            a.op(VectorOp.VCVTDQ2PS, SECOND_DOT, SECOND_DOT);
            a.op(VectorOp.VFMADD231PS, DOT, SECOND_DOT, SECOND);
        }
        a.op(VectorOp.VMOVUPS_LOAD, PAIRS, sum(t, half));
        a.op(VectorOp.VBROADCASTSS, X, slot(0, t));
        a.op(VectorOp.VFMADD231PS, PAIRS, DOT, X);
        if (format.scales.minimum()) {
            a.op(VectorOp.VBROADCASTSS, X, slot(1, t));
            boolean minus = format.scales == Scales.SUPER_MINIMUM;
            a.op(minus ? VectorOp.VFNMADD231PS : VectorOp.VFMADD231PS, PAIRS, SECOND, X);
        }
        a.store(VectorOp.VMOVUPS_STORE, sum(t, half), PAIRS);
    }

    /** The whole-number sum over some quads; it begins with the activations' slot where codes have an offset. */
    private void dot(Vec to, int t, int half, int from, int until, int slot) {
        boolean offset = !signed && format.sums() != ActivationSums.SCALED;
        if (vnni) {
            if (offset) {
                a.op(VectorOp.VPBROADCASTD, to, slot(slot, t));
            } else {
                a.op(VectorOp.VPXOR, to, to, to);
            }
            for (int quad = from; quad < until; quad++) {
                a.op(VectorOp.VPBROADCASTD, X, code(t, quad));
                a.op(VectorOp.VPDPBUSD, to, ymm(quad), X);
            }
            return;
        }
        int together = quadsIn16Bits();
        for (int quad = from; quad < until; quad++) {
            boolean first = (quad - from) % together == 0;
            boolean last = (quad - from) % together == together - 1 || quad == until - 1;
            a.op(VectorOp.VPBROADCASTD, X, code(t, quad));
            if (signed) {
                a.op(VectorOp.VPSIGNB, X, X, signs(quad, half));
            }
            a.op(VectorOp.VPMADDUBSW, first ? PAIRS : X, ymm(quad), X);
            if (!first) {
                a.op(VectorOp.VPADDW, PAIRS, PAIRS, X);
            }
            if (last && quad - from < together) {
                a.op(VectorOp.VPMADDWD, to, PAIRS, ONES);
            } else if (last) {
                a.op(VectorOp.VPMADDWD, PAIRS, PAIRS, ONES);
                a.op(VectorOp.VPADDD, to, to, PAIRS);
            }
        }
        if (offset) {
            a.op(VectorOp.VPBROADCASTD, X, slot(slot, t));
            a.op(VectorOp.VPADDD, to, to, X);
        }
    }

    /** Sums of pairs that can be added before they overflow 16 bits. */
    private int quadsIn16Bits() {
        return switch (format.codes) {
            case NIBBLES -> 8;
            case FIVE_BITS -> 4;
            case SIX_BITS -> 2;
            case BYTES, TABLE -> 1;
        };
    }

    private Mem signs(int quad, int half) {
        return format.codes == Codes.BYTES ? Mem.at(RSI, 64L * quad + 32L * half) : Mem.at(R12, LEVELS_AT + 32L * quad);
    }

    private Mem code(int token, int quad) {
        return Mem.at(R8, token * 32L + quad * 4L);
    }

    /** Slot 0 has the tokens' scales, 1 and 2 their sums. */
    private Mem slot(int slot, int token) {
        return Mem.at(R8, width * 32L + slot * 4L * width + token * 4L);
    }
}
