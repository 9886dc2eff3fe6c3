package io.jandaia.tensor.kernel.packed;

import static io.jandaia.tensor.kernel.asm.Gp.RBX;
import static io.jandaia.tensor.kernel.asm.Gp.RDX;
import static io.jandaia.tensor.kernel.asm.Gp.RSI;
import static io.jandaia.tensor.kernel.asm.Vec.zmm;
import static io.jandaia.tensor.kernel.asm.VectorOp.VCVTDQ2PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VCVTPH2PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_LOAD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMULPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPANDD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPMOVSXBD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPMOVZXBD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPSHUFB;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPSLLD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPSRLD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPTERNLOGD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPXORD;

import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Mem;
import io.jandaia.tensor.kernel.asm.Vec;

/**
 * The part that all products share: reading the codes and scales of 16 rows and one block. Codes are read at RSI, scales at RDX,
 * constants at RBX; registers 0 to 7 take the codes, 8 and 12 the scales, 13 and 14 what a super-block's scales share.
 */
final class GroupCode {

    static final Vec SCALE = zmm(8);

    /** The minimum of each row, or the scale of the second half. */
    static final Vec SECOND = zmm(12);

    private static final Vec SUPER = zmm(13);
    private static final Vec SUPER_MINIMUM = zmm(14);
    private static final Vec MASK = zmm(15);

    /** {@code a & b | c}, as VPTERNLOG's table with operands (c, a, b). */
    private static final int OR_OF_AND = 0xf8;

    private final Assembler a;
    private final PackedFormat format;

    GroupCode(Assembler a, PackedFormat format) {
        this.a = a;
        this.format = format;
    }

    /** Once, before the loops. */
    void constants() {
        int word = format.codes == Codes.BYTES ? 0x80808080 : 0x0f0f0f0f;
        a.op(io.jandaia.tensor.kernel.asm.VectorOp.VPBROADCASTD, MASK, plain(Constants.word(RBX, word)));
    }

    private static Mem plain(Mem m) {
        return Mem.at(m.base(), m.displacement());
    }

    /** Codes without sign into registers 0 to 7. */
    void codes() {
        if (format.codes == Codes.BYTES) {
            for (int j = 0; j < 8; j++) {
                a.op(VPXORD, zmm(j), MASK, Mem.at(RSI, 64L * j));
            }
            return;
        }
        for (int j = 0; j < 4; j++) {
            a.op(VMOVUPS_LOAD, zmm(j + 4), Mem.at(RSI, 64L * j));
        }
        for (int j = 0; j < 4; j++) {
            a.op(VPANDD, zmm(j), zmm(j + 4), MASK);
            a.shift(VPSRLD, zmm(j + 4), zmm(j + 4), 4);
            a.op(VPANDD, zmm(j + 4), zmm(j + 4), MASK);
        }
        switch (format.codes) {
            case TABLE -> {
                a.op(VMOVUPS_LOAD, zmm(9), Constants.table(RBX));
                for (int j = 0; j < 8; j++) {
                    a.op(VPSHUFB, zmm(j), zmm(9), zmm(j));
                }
            }
            case FIVE_BITS -> upper(1, 4, 0x10101010);
            case SIX_BITS -> upper(2, 4, 0x30303030);
            default -> {}
        }
    }

    /** Adds upper bits, {@code bits} of each quad, above the {@code above} lower ones. */
    private void upper(int bits, int above, int mask) {
        int perVector = 8 / bits;
        for (int j = 0; j < 8; j++) {
            if (j % perVector == 0) {
                a.op(VMOVUPS_LOAD, zmm(9), Mem.at(RSI, 256 + 64L * (j / perVector)));
            }
            int shift = above - bits * (j % perVector);
            Vec moved = shift == 0 ? zmm(9) : zmm(10);
            if (shift > 0) {
                a.shift(VPSLLD, moved, zmm(9), shift);
            } else if (shift < 0) {
                a.shift(VPSRLD, moved, zmm(9), -shift);
            }
            a.op(VPTERNLOGD, zmm(j), moved, Constants.word(RBX, mask), OR_OF_AND);
        }
    }

    /** What eight blocks share; moves RDX on. */
    void superScales() {
        a.op(VCVTPH2PS, SUPER, Mem.at(RDX));
        if (format.scales == Scales.SUPER_MINIMUM) {
            a.op(VCVTPH2PS, SUPER_MINIMUM, Mem.at(RDX, 32));
        }
        a.add(RDX, format.scales.superBytes);
    }

    /** The scales of one block. */
    void scales() {
        switch (format.scales) {
            case BLOCK -> a.op(VCVTPH2PS, SCALE, Mem.at(RDX));
            case BLOCK_MINIMUM -> {
                a.op(VCVTPH2PS, SCALE, Mem.at(RDX));
                a.op(VCVTPH2PS, SECOND, Mem.at(RDX, 32));
            }
            case SUPER -> whole(true, SCALE, 0, SUPER);
            case SUPER_MINIMUM -> {
                whole(false, SCALE, 0, SUPER);
                whole(false, SECOND, 16, SUPER_MINIMUM);
            }
            case SUPER_HALVES -> {
                whole(true, SCALE, 0, SUPER);
                whole(true, SECOND, 16, SUPER);
            }
        }
    }

    private void whole(boolean signed, Vec to, int at, Vec times) {
        a.op(signed ? VPMOVSXBD : VPMOVZXBD, to, Mem.at(RDX, at));
        a.op(VCVTDQ2PS, to, to);
        a.op(VMULPS, to, to, times);
    }

    /** Moves on to the next block. */
    void next() {
        a.add(RSI, format.codes.bytes);
        a.add(RDX, format.scales.blockBytes);
    }
}
