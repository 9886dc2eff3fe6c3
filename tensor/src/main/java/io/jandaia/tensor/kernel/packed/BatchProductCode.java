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
import static io.jandaia.tensor.kernel.asm.VectorOp.VBROADCASTSS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VCVTDQ2PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VFMADD231PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VFNMADD231PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVAPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_LOAD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_STORE;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMULPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPBROADCASTD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPDPBUSD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPXORD;

import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Gp;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;
import io.jandaia.tensor.kernel.asm.Vec;

/**
 * Some unpacked groups of 16 rows times many panels of 16 tokens, with AVX-512 VNNI: three groups (two where a block has two scales)
 * times four tokens at a time. Against {@link ProductCode} weights are unpacked once for all tokens, lie in the first-level cache
 * while these go by, and do not come from memory all at once. Results are added in the same order, to the bit: what blocks before have
 * given waits in memory of its own, because rows of the output lie far apart.
 */
final class BatchProductCode {

    /** Panels whose sums and activations stay in a second-level cache. */
    static final int PANELS = 16;

    private static final int TOKENS = 4;

    /** Cache lines of each group that are asked of memory with every four tokens. */
    private static final int LINES = 2;

    private static final Gp[] SAVED = {RBX, RBP, R12, R13, R14, R15};

    private final Assembler a = new Assembler(Assembler.Encoding.EVEX);
    private final PackedFormat format;
    private final int groups;

    private BatchProductCode(PackedFormat format, int groups) {
        this.format = format;
        this.groups = groups;
    }

    /** Groups at a time, as many as registers allow. */
    static int groups(PackedFormat format) {
        return format.sums() == ActivationSums.HALVES ? 2 : 3;
    }

    /** Bytes of the sums of {@link #PANELS}. */
    static long totalsBytes(PackedFormat format) {
        return (long) PANELS * Panels.TOKENS * groups(format) * 64;
    }

    /** @param groups 1 to {@link #groups(PackedFormat)} */
    static Assembler of(PackedFormat format, int groups) {
        return new BatchProductCode(format, groups).write();
    }

    private Assembler write() {
        Label nextPanel = new Label();
        Label nextTokens = new Label();
        Label nextBlock = new Label();
        Label more = new Label();
        Label begun = new Label();
        Label keep = new Label();
        Label stored = new Label();
        for (Gp g : SAVED) {
            a.push(g);
        }
        a.mov(RBX, Arguments.PANEL.in(RDI));
        a.mov(R15, Arguments.TOTALS.in(RDI));
        a.mov(RBP, Arguments.CODES.in(RDI));
        a.add(RBP, BatchUnpackCode.BLOCKS * format.codes.bytes);
        a.mov(R11, Arguments.PANELS.in(RDI));
        a.mov(RCX, Arguments.OUT.in(RDI));
        a.mov(R10, Arguments.OUT_STRIDE.in(RDI));
        a.lea(R12, Mem.at(R10).index(R10, 2));
        a.place(nextPanel);
        a.mov(R8, RBX);
        a.lea(R9, Mem.at(RBX, Panels.TOKENS * (long) PackedFormat.BLOCK));
        a.mov(R13, Panels.TOKENS / TOKENS);
        a.place(nextTokens);
        a.mov(RSI, Arguments.UNPACKED.in(RDI));
        a.mov(R14, Arguments.BLOCKS.in(RDI));
        a.mov(RAX, Arguments.FIRST.in(RDI));
        a.cmp(RAX, 0);
        a.jump(Condition.EQUAL, more);
        each((g, t) -> a.op(VPXORD, total(g, t), total(g, t), total(g, t)));
        a.jump(begun);
        a.place(more);
        each((g, t) -> a.op(VMOVUPS_LOAD, total(g, t), kept(g, t)));
        a.place(begun);
        prefetchCodes();
        a.mov(RAX, R8);
        a.mov(RDX, R9);
        a.align(64);
        a.place(nextBlock);
        // What the next four tokens have of this block.
        a.prefetcht0(Mem.at(RAX, TOKENS * PackedFormat.BLOCK));
        a.prefetcht0(Mem.at(RAX, TOKENS * PackedFormat.BLOCK + 64));
        block();
        int blockBytes = Panels.blockBytes(Panels.TOKENS, format.sums());
        a.add(RSI, groups * BatchUnpackCode.unitBytes(format));
        a.add(RAX, blockBytes);
        a.add(RDX, blockBytes);
        a.sub(R14, 1);
        a.jump(Condition.NOT_EQUAL, nextBlock);
        a.mov(RAX, Arguments.LAST.in(RDI));
        a.cmp(RAX, 0);
        a.jump(Condition.EQUAL, keep);
        each((g, t) -> a.store(VMOVUPS_STORE, out(g, t), total(g, t)));
        a.jump(stored);
        a.place(keep);
        each((g, t) -> a.store(VMOVUPS_STORE, kept(g, t), total(g, t)));
        a.place(stored);
        a.add(R15, TOKENS * groups * 64);
        a.add(R8, TOKENS * PackedFormat.BLOCK);
        a.add(R9, TOKENS * Float.BYTES);
        a.lea(RCX, Mem.at(RCX).index(R10, TOKENS));
        a.sub(R13, 1);
        a.jump(Condition.NOT_EQUAL, nextTokens);
        a.add(RBX, Arguments.PANEL_STRIDE.in(RDI));
        a.sub(R11, 1);
        a.jump(Condition.NOT_EQUAL, nextPanel);
        a.vzeroupper();
        for (int i = SAVED.length - 1; i >= 0; i--) {
            a.pop(SAVED[i]);
        }
        a.ret();
        return a;
    }

    /**
     * Some of the codes that are unpacked next. All at once, before they are needed, are more than a core can wait for at a time.
     */
    private void prefetchCodes() {
        a.mov(RAX, Arguments.CODES_STRIDE.in(RDI));
        for (int line = 0; line < LINES; line++) {
            for (int g = 0; g < groups; g++) {
                Mem first = Mem.at(RBP, line * 64L);
                a.prefetcht0(g == 0 ? first : first.index(RAX, g));
            }
        }
        a.add(RBP, LINES * 64);
    }

    private void block() {
        if (format.sums() == ActivationSums.HALVES) {
            dots(1, 0, 4);
            scales(false);
            each((g, t) -> a.op(VMULPS, half(g, t), dot(g, t), weight(g)));
            dots(2, 4, 8);
            scales(true);
            each((g, t) -> a.op(VFMADD231PS, half(g, t), dot(g, t), weight(g)));
            slot(0);
            each((g, t) -> a.op(VFMADD231PS, total(g, t), half(g, t), token(t)));
            return;
        }
        dots(format.sums() == ActivationSums.WHOLE ? 1 : 0, 0, 8);
        scales(false);
        each((g, t) -> a.op(VMULPS, dot(g, t), dot(g, t), weight(g)));
        slot(0);
        each((g, t) -> a.op(VFMADD231PS, total(g, t), dot(g, t), token(t)));
        if (format.scales.minimum()) {
            scales(true);
            slot(1);
            boolean less = format.scales == Scales.SUPER_MINIMUM;
            each((g, t) -> a.op(less ? VFNMADD231PS : VFMADD231PS, total(g, t), weight(g), token(t)));
        }
    }

    /** Sums of the products of some quads, as floats; they begin with what a slot has, or with 0 when it is 0. */
    private void dots(int slot, int from, int to) {
        for (int t = 0; t < TOKENS; t++) {
            if (slot > 0) {
                a.op(VPBROADCASTD, dot(0, t), slotOf(slot, t));
            }
            for (int g = slot > 0 ? 1 : 0; g < groups; g++) {
                if (slot > 0) {
                    a.op(VMOVAPS, dot(g, t), dot(0, t));
                } else {
                    a.op(VPXORD, dot(g, t), dot(g, t), dot(g, t));
                }
            }
        }
        for (int quad = from; quad < to; quad++) {
            for (int g = 0; g < groups; g++) {
                a.op(VMOVUPS_LOAD, weight(g), BatchUnpackCode.quad(g, quad, format));
            }
            for (int t = 0; t < TOKENS; t++) {
                a.op(VPBROADCASTD, token(t), Mem.at(RAX, t * 32L + quad * 4L));
                for (int g = 0; g < groups; g++) {
                    a.op(VPDPBUSD, dot(g, t), weight(g), token(t));
                }
            }
        }
        each((g, t) -> a.op(VCVTDQ2PS, dot(g, t), dot(g, t)));
    }

    private void scales(boolean second) {
        for (int g = 0; g < groups; g++) {
            a.op(
                    VMOVUPS_LOAD,
                    weight(g),
                    second ? BatchUnpackCode.second(g, format) : BatchUnpackCode.scale(g, format));
        }
    }

    private void slot(int slot) {
        for (int t = 0; t < TOKENS; t++) {
            a.op(VBROADCASTSS, token(t), slotOf(slot, t));
        }
    }

    /** Slot 0 has the tokens' scales, 1 and 2 their sums. */
    private static Mem slotOf(int slot, int token) {
        return Mem.at(RDX, slot * 4L * Panels.TOKENS + token * 4L);
    }

    private interface Product {
        void write(int group, int token);
    }

    private void each(Product product) {
        for (int t = 0; t < TOKENS; t++) {
            for (int g = 0; g < groups; g++) {
                product.write(g, t);
            }
        }
    }

    private Vec dot(int group, int token) {
        return zmm(token * groups + group);
    }

    private Vec total(int group, int token) {
        return zmm(TOKENS * groups + token * groups + group);
    }

    private Vec half(int group, int token) {
        return zmm(2 * TOKENS * groups + token * groups + group);
    }

    private static Vec weight(int group) {
        return zmm(24 + group);
    }

    private static Vec token(int token) {
        return zmm(27 + token);
    }

    /** Sums of the blocks before, {@code [tokens][groups][16]}. */
    private Mem kept(int group, int token) {
        return Mem.at(R15, (token * groups + group) * 64L);
    }

    private static Mem out(int group, int token) {
        Mem row = Mem.at(RCX, group * 64L);
        return switch (token) {
            case 0 -> row;
            case 1 -> row.index(R10, 1);
            case 2 -> row.index(R10, 2);
            default -> row.index(R12, 1);
        };
    }
}
