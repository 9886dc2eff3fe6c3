package io.jandaia.tensor.kernel.floats;

import static io.jandaia.tensor.kernel.asm.Gp.R10;
import static io.jandaia.tensor.kernel.asm.Gp.R11;
import static io.jandaia.tensor.kernel.asm.Gp.R12;
import static io.jandaia.tensor.kernel.asm.Gp.R13;
import static io.jandaia.tensor.kernel.asm.Gp.R14;
import static io.jandaia.tensor.kernel.asm.Gp.R15;
import static io.jandaia.tensor.kernel.asm.Gp.R8;
import static io.jandaia.tensor.kernel.asm.Gp.R9;
import static io.jandaia.tensor.kernel.asm.Gp.RAX;
import static io.jandaia.tensor.kernel.asm.Gp.RBX;
import static io.jandaia.tensor.kernel.asm.Gp.RCX;
import static io.jandaia.tensor.kernel.asm.Gp.RDI;
import static io.jandaia.tensor.kernel.asm.Gp.RDX;
import static io.jandaia.tensor.kernel.asm.Gp.RSI;

import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Gp;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Products of 32 rows of BF16 with panels of tokens by AMX, two panels of at most 16 tokens at a time: four tiles of sums, in
 * which four instructions are under way. Weights are the first factor, because its tiles have the order that files have: 32
 * numbers of a row, then the next row. Called with {@link TilePairArguments}.
 */
final class TilePairCode {

    static final int ROWS = 16;
    static final int TOKENS = 16;

    /** Bytes of a tile of sums. */
    static final int TILE = 1024;

    /** Bytes of the sums of two panels: {@code [2 panels][2 times 16 rows][16 rows][16 tokens]} floats. */
    static final int SUMS = 4 * TILE;

    private static final int WEIGHTS = 4;
    private static final int PAIRS = 6;
    private static final Gp[] SAVED = {RBX, R12, R13, R14, R15};

    private final Assembler a = new Assembler(Assembler.Encoding.EVEX);
    private final int panels;

    private TilePairCode(int panels) {
        this.panels = panels;
    }

    /** @param panels 2, or 1 for the last panel of an odd number */
    static Assembler of(int panels) {
        return new TilePairCode(panels).write();
    }

    /** Writes the configuration for panels of so many tokens; {@code next} may be 0. */
    static void configure(MemorySegment tiles, int first, int next) {
        ValueLayout.OfShort word = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        tiles.asSlice(0, 64).fill((byte) 0);
        tiles.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        for (int t = 0; t < 8; t++) {
            int tokens = t == 2 || t == 3 || t == PAIRS + 1 ? next : first;
            int bytes = t == WEIGHTS || t == WEIGHTS + 1 ? 64 : 4 * tokens;
            tiles.set(word, 16 + 2L * t, (short) bytes);
            tiles.set(ValueLayout.JAVA_BYTE, 48 + t, (byte) (bytes == 0 ? 0 : 16));
        }
    }

    private Assembler write() {
        for (Gp g : SAVED) {
            a.push(g);
        }
        a.mov(RAX, TilePairArguments.TILES.in(RDI));
        a.ldtilecfg(Mem.at(RAX));
        a.mov(RSI, TilePairArguments.FIRST_ROWS.in(RDI));
        a.mov(RDX, TilePairArguments.NEXT_ROWS.in(RDI));
        a.mov(RBX, TilePairArguments.ROW_STRIDE.in(RDI));
        a.mov(R12, TilePairArguments.FIRST_STRIDE.in(RDI));
        a.mov(R13, TilePairArguments.NEXT_STRIDE.in(RDI));
        a.mov(RCX, TilePairArguments.SUMS.in(RDI));
        a.mov(R9, TilePairArguments.PANELS.in(RDI));
        a.mov(R8, 64);
        Label nextPanels = new Label();
        a.place(nextPanels);
        a.mov(R10, TilePairArguments.FIRST_PANEL.in(RDI));
        a.mov(R11, TilePairArguments.NEXT_PANEL.in(RDI));
        a.mov(R14, RSI);
        a.mov(R15, RDX);
        for (int t = 0; t < 2 * panels; t++) {
            a.tilezero(t);
        }
        a.mov(RAX, TilePairArguments.STEPS.in(RDI));
        Label next = new Label();
        a.align(64);
        a.place(next);
        step();
        a.sub(RAX, 1);
        a.jump(Condition.NOT_EQUAL, next);
        for (int t = 0; t < 2 * panels; t++) {
            a.tilestored(sums(t), t);
        }
        a.add(RCX, SUMS);
        advance(TilePairArguments.FIRST_PANEL);
        advance(TilePairArguments.NEXT_PANEL);
        a.sub(R9, 1);
        a.jump(Condition.NOT_EQUAL, nextPanels);
        a.tilerelease();
        a.vzeroupper();
        for (int i = SAVED.length - 1; i >= 0; i--) {
            a.pop(SAVED[i]);
        }
        a.ret();
        return a;
    }

    private static Mem sums(int tile) {
        return Mem.at(RCX, (long) tile * TILE).index(R8, 1);
    }

    private void advance(TilePairArguments panel) {
        a.mov(R10, panel.in(RDI));
        a.mov(R11, TilePairArguments.PANEL_BYTES.in(RDI));
        a.add(R10, R11);
        a.mov(panel.in(RDI), R10);
    }

    /** 32 numbers. */
    private void step() {
        a.tileloadd(WEIGHTS, Mem.at(R14).index(RBX, 1));
        a.tileloadd(WEIGHTS + 1, Mem.at(R15).index(RBX, 1));
        a.add(R14, 64);
        a.add(R15, 64);
        a.tileloadd(PAIRS, Mem.at(R10).index(R12, 1));
        pass(R10, R12);
        if (panels == 2) {
            a.tileloadd(PAIRS + 1, Mem.at(R11).index(R13, 1));
            pass(R11, R13);
        }
        for (int t = 0; t < 2 * panels; t++) {
            a.tdpbf16ps(t, WEIGHTS + t % 2, PAIRS + t / 2);
        }
    }

    /** Goes on behind 16 pairs of each token. */
    private void pass(Gp pairs, Gp stride) {
        a.lea(pairs, Mem.at(pairs).index(stride, 8));
        a.lea(pairs, Mem.at(pairs).index(stride, 8));
    }
}
