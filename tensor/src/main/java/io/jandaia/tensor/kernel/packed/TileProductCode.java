package io.jandaia.tensor.kernel.packed;

import static io.jandaia.tensor.kernel.asm.Gp.R10;
import static io.jandaia.tensor.kernel.asm.Gp.R11;
import static io.jandaia.tensor.kernel.asm.Gp.R12;
import static io.jandaia.tensor.kernel.asm.Gp.R13;
import static io.jandaia.tensor.kernel.asm.Gp.R14;
import static io.jandaia.tensor.kernel.asm.Gp.R15;
import static io.jandaia.tensor.kernel.asm.Gp.R8;
import static io.jandaia.tensor.kernel.asm.Gp.R9;
import static io.jandaia.tensor.kernel.asm.Gp.RAX;
import static io.jandaia.tensor.kernel.asm.Gp.RBP;
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
import static io.jandaia.tensor.kernel.asm.VectorOp.VPSUBB;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPXORD;

import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Gp;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;
import io.jandaia.tensor.kernel.asm.Vec;

/**
 * Groups of 16 rows times panels of 16 tokens, with AMX: a tile instruction gives the whole-number sums of a block for all of
 * them, vectors scale and add these in the order of {@link ProductCode}, so that results are the same to the bit. Codes of fewer
 * than eight bits are unpacked once for all panels.
 */
final class TileProductCode {

    private static final int BLOCK_BYTES = 512;

    /** Room for the sums of a block; there are two. */
    static final int SUMS_BYTES = 2048;

    private final Assembler a = new Assembler(Assembler.Encoding.EVEX);
    private final PackedFormat format;
    private final GroupCode group;
    private final boolean halves;
    private final boolean unpacks;

    private TileProductCode(PackedFormat format) {
        this.format = format;
        group = new GroupCode(a, format);
        halves = format.sums() == ActivationSums.HALVES;
        unpacks = format.codes != Codes.BYTES;
    }

    static Assembler of(PackedFormat format) {
        return new TileProductCode(format).write();
    }

    private static final Gp[] SAVED = {RBX, RBP, R12, R13, R14, R15};

    private Assembler write() {
        for (Gp g : SAVED) {
            a.push(g);
        }
        a.mov(RBX, Arguments.CONSTANTS.in(RDI));
        a.ldtilecfg(Constants.tiles(RBX, halves));
        if (unpacks) {
            unpack();
        }
        panels();
        a.tilerelease();
        a.vzeroupper();
        for (int i = SAVED.length - 1; i >= 0; i--) {
            a.pop(SAVED[i]);
        }
        a.ret();
        return a;
    }

    /** All codes of all groups as signed bytes. */
    private void unpack() {
        group.constants();
        a.mov(RSI, Arguments.CODES.in(RDI));
        a.mov(R8, Arguments.UNPACKED.in(RDI));
        a.mov(R9, Arguments.BLOCKS.in(RDI));
        a.mov(RAX, Arguments.GROUPS.in(RDI));
        a.imul(R9, RAX);
        Vec offset = zmm(16);
        if (format.offset != 0) {
            Mem word = Constants.word(RBX, format.offset * 0x01010101);
            a.op(VPBROADCASTD, offset, Mem.at(word.base(), word.displacement()));
        }
        Label next = new Label();
        a.align(64);
        a.place(next);
        group.codes();
        for (int j = 0; j < 8; j++) {
            if (format.offset != 0) {
                a.op(VPSUBB, zmm(j), zmm(j), offset);
            }
            a.store(VMOVUPS_STORE, Mem.at(R8, 64L * j), zmm(j));
        }
        a.add(RSI, format.codes.bytes);
        a.add(R8, BLOCK_BYTES);
        a.sub(R9, 1);
        a.jump(Condition.NOT_EQUAL, next);
    }

    private void panels() {
        Label nextPanel = new Label();
        Label nextGroup = new Label();
        Label nextSuper = new Label();
        Label nextPair = new Label();
        a.mov(R11, Arguments.TOKENS.in(RDI));
        a.mov(RBP, Arguments.PANEL.in(RDI));
        a.mov(R15, Arguments.OUT.in(RDI));
        a.mov(R10, Arguments.OUT_STRIDE.in(RDI));
        a.mov(R13, 64);
        a.mov(R14, 32);
        a.place(nextPanel);
        a.mov(RSI, (unpacks ? Arguments.UNPACKED : Arguments.CODES).in(RDI));
        a.mov(RDX, Arguments.SCALES.in(RDI));
        a.mov(R12, Arguments.GROUPS.in(RDI));
        a.mov(RCX, R15);
        a.place(nextGroup);
        a.mov(R8, RBP);
        a.mov(R9, Arguments.BLOCKS.in(RDI));
        a.mov(RBX, Arguments.SUMS.in(RDI));
        for (int t = 0; t < Panels.TOKENS; t++) {
            a.op(VPXORD, sum(t), sum(t), sum(t));
        }
        Label summed = new Label();
        prologue();
        if (format.scales.grouped()) {
            a.place(nextSuper);
            group.superScales();
            a.mov(RAX, 4);
        }
        a.align(64);
        a.place(nextPair);
        step(0);
        a.jump(Condition.EQUAL, summed);
        step(1);
        if (format.scales.grouped()) {
            a.jump(Condition.EQUAL, summed);
            a.sub(RAX, 1);
            a.jump(Condition.NOT_EQUAL, nextPair);
            a.jump(nextSuper);
        } else {
            a.jump(Condition.NOT_EQUAL, nextPair);
        }
        a.place(summed);
        Label stored = new Label();
        a.mov(RAX, RCX);
        for (int t = 0; t < Panels.TOKENS; t++) {
            a.cmp(R11, t);
            a.jump(Condition.NOT_GREATER, stored);
            a.store(VMOVUPS_STORE, Mem.at(RAX), sum(t));
            a.add(RAX, R10);
        }
        a.place(stored);
        a.add(RCX, 64);
        a.sub(R12, 1);
        a.jump(Condition.NOT_EQUAL, nextGroup);
        // The next panel's output is 16 tokens on.
        for (int t = 0; t < Panels.TOKENS; t++) {
            a.add(R15, R10);
        }
        a.mov(RAX, Arguments.PANEL_STRIDE.in(RDI));
        a.add(RBP, RAX);
        a.sub(R11, Panels.TOKENS);
        a.jump(Condition.GREATER, nextPanel);
    }

    private static Vec sum(int token) {
        return zmm(16 + token);
    }

    private int blockBytes() {
        return Panels.blockBytes(Panels.TOKENS, format.sums());
    }

    private void prologue() {
        Label single = new Label();
        multiply(0, 0);
        a.cmp(R9, 1);
        a.jump(Condition.EQUAL, single);
        multiply(1, blockBytes());
        a.place(single);
        store(0);
    }

    /**
     * One block of the pipeline, whose tiles and sums are of {@code parity}: the next block's tile, which is finished by
     * now, goes to memory, the tile of the block after it is begun, and vectors add this one. Leaves the flags of the
     * number of blocks that are left.
     */
    private void step(int parity) {
        Label begun = new Label();
        a.cmp(R9, 2);
        a.jump(Condition.LESS, begun);
        store(1 - parity);
        a.jump(Condition.EQUAL, begun);
        multiply(parity, 2 * blockBytes());
        a.place(begun);
        group.scales();
        add(parity);
        a.add(RDX, format.scales.blockBytes);
        a.add(R8, blockBytes());
        a.sub(R9, 1);
    }

    /** Begins the tile of one block, whose activations are {@code ahead} of R8 and whose codes are at RSI. */
    private void multiply(int parity, int ahead) {
        a.tilezero(2 * parity);
        a.tileloadd(Constants.ACTIVATION_TILE, Mem.at(R8, ahead).index(R14, 1));
        a.tileloadd(Constants.WEIGHT_TILE, Mem.at(RSI).index(R13, 1));
        a.tdpbssd(2 * parity, Constants.ACTIVATION_TILE, Constants.WEIGHT_TILE);
        if (halves) {
            a.tilezero(2 * parity + 1);
            a.tileloadd(Constants.ACTIVATION_TILE + 1, Mem.at(R8, ahead + 16L).index(R14, 1));
            a.tileloadd(Constants.WEIGHT_TILE + 1, Mem.at(RSI, 256).index(R13, 1));
            a.tdpbssd(2 * parity + 1, Constants.ACTIVATION_TILE + 1, Constants.WEIGHT_TILE + 1);
        }
        a.add(RSI, BLOCK_BYTES);
    }

    private void store(int parity) {
        a.tilestored(Mem.at(RBX, (long) parity * SUMS_BYTES).index(R13, 1), 2 * parity);
        if (halves) {
            a.tilestored(Mem.at(RBX, (long) parity * SUMS_BYTES + 1024).index(R13, 1), 2 * parity + 1);
        }
    }

    /** Scales the sums of one block and adds them. */
    private void add(int parity) {
        long sums = (long) parity * SUMS_BYTES;
        for (int t = 0; t < Panels.TOKENS; t++) {
            Vec dot = zmm(t % 4);
            a.op(VCVTDQ2PS, dot, Mem.at(RBX, sums + 64L * t));
            a.op(VMULPS, dot, dot, GroupCode.SCALE);
            if (halves) {
                Vec second = zmm(4 + t % 4);
                a.op(VCVTDQ2PS, second, Mem.at(RBX, sums + 1024 + 64L * t));
                a.op(VFMADD231PS, dot, second, GroupCode.SECOND);
            }
            a.op(VFMADD231PS, sum(t), dot, slot(0, t));
            if (format.scales.minimum()) {
                a.op(
                        format.scales == Scales.SUPER_MINIMUM ? VFNMADD231PS : VFMADD231PS,
                        sum(t),
                        GroupCode.SECOND,
                        slot(1, t));
            }
        }
    }

    private static Mem slot(int slot, int token) {
        return Mem.at(R8, 512L + slot * 64L + token * 4L).all();
    }
}
