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
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_STORE;

import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;

/**
 * Some groups of 16 rows and at most eight blocks of them, once for all tokens, as {@link BatchProductCode} reads them: per block and
 * group the codes without sign {@code [8 quads][16 rows][4]}, then the float32 scales {@code [16]}, and the minima or the scales of
 * second halves {@code [16]} where a format has such.
 */
final class BatchUnpackCode {

    /** Blocks unpacked at once: with three groups about half of a first-level cache, and what shares a scale in formats of 256. */
    static final int BLOCKS = 8;

    private static final int CODE_BYTES = 512;

    private BatchUnpackCode() {}

    /** Bytes of one block of one group. */
    static int unitBytes(PackedFormat format) {
        return CODE_BYTES + (second(format) ? 128 : 64);
    }

    /** Bytes of all that is unpacked at once. */
    static long bytes(PackedFormat format) {
        return (long) BLOCKS * BatchProductCode.groups(format) * unitBytes(format);
    }

    private static boolean second(PackedFormat format) {
        return format.scales.minimum() || format.scales == Scales.SUPER_HALVES;
    }

    static Mem quad(int group, int quad, PackedFormat format) {
        return Mem.at(RSI, (long) group * unitBytes(format) + quad * 64L);
    }

    static Mem scale(int group, PackedFormat format) {
        return Mem.at(RSI, (long) group * unitBytes(format) + CODE_BYTES);
    }

    /** The minimum or the scale of the second half. */
    static Mem second(int group, PackedFormat format) {
        return Mem.at(RSI, (long) group * unitBytes(format) + CODE_BYTES + 64);
    }

    static Assembler of(PackedFormat format) {
        Assembler a = new Assembler(Assembler.Encoding.EVEX);
        GroupCode group = new GroupCode(a, format);
        a.push(RBX);
        a.mov(RBX, Arguments.CONSTANTS.in(RDI));
        group.constants();
        a.mov(R8, Arguments.UNPACKED.in(RDI));
        a.mov(R9, Arguments.CODES.in(RDI));
        a.mov(R10, Arguments.SCALES.in(RDI));
        a.mov(R11, Arguments.GROUPS.in(RDI));
        Label nextGroup = new Label();
        Label nextBlock = new Label();
        a.place(nextGroup);
        a.mov(RSI, R9);
        a.mov(RDX, R10);
        a.mov(RCX, R8);
        a.mov(RAX, Arguments.BLOCKS.in(RDI));
        if (format.scales.grouped()) {
            group.superScales();
        }
        a.align(64);
        a.place(nextBlock);
        group.codes();
        group.scales();
        for (int j = 0; j < 8; j++) {
            a.store(VMOVUPS_STORE, Mem.at(RCX, 64L * j), zmm(j));
        }
        a.store(VMOVUPS_STORE, Mem.at(RCX, CODE_BYTES), GroupCode.SCALE);
        if (second(format)) {
            a.store(VMOVUPS_STORE, Mem.at(RCX, CODE_BYTES + 64), GroupCode.SECOND);
        }
        group.next();
        a.add(RCX, Arguments.UNPACKED_STRIDE.in(RDI));
        a.sub(RAX, 1);
        a.jump(Condition.NOT_EQUAL, nextBlock);
        a.add(R8, unitBytes(format));
        a.add(R9, Arguments.CODES_STRIDE.in(RDI));
        a.add(R10, Arguments.SCALES_STRIDE.in(RDI));
        a.sub(R11, 1);
        a.jump(Condition.NOT_EQUAL, nextGroup);
        a.vzeroupper();
        a.pop(RBX);
        a.ret();
        return a;
    }
}
