package io.jandaia.tensor.kernel;

import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.CpuFeatures;
import io.jandaia.tensor.kernel.asm.Gp;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.MachineCode;
import io.jandaia.tensor.kernel.asm.Mem;
import io.jandaia.tensor.kernel.asm.Vec;
import io.jandaia.tensor.kernel.asm.VectorOp;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * How many operations this machine does per second with one kind of product: a loop of nothing else, on numbers that are not zero,
 * with operands in registers. No kernel that is made of the same instruction can be faster. A multiply-add counts as two operations.
 */
public enum InstructionPeak {
    /** Float32 in vectors: VFMADD231PS, 16 multiply-adds. */
    FLOATS(VectorOp.VFMADD231PS, 32),
    /** BF16 in vectors: VDPBF16PS, 32 multiply-adds. */
    PAIRS(VectorOp.VDPBF16PS, 64),
    /** Bytes in vectors: VPDPBUSD of AVX-512 VNNI, 64 multiply-adds. "The integer peak" without more words. */
    BYTES(VectorOp.VPDPBUSD, 128),
    /** BF16 in tiles: TDPBF16PS of AMX, 16 x 16 x 32 multiply-adds. */
    TILE_PAIRS(null, 2 * 16 * 16 * 32),
    /** Bytes in tiles: TDPBSSD of AMX, 16 x 16 x 64 multiply-adds. */
    TILE_BYTES(null, 2 * 16 * 16 * 64);

    /** Sums that do not wait for each other: more than the latency times the units of any processor so far. */
    private static final int VECTOR_SUMS = 16;

    /** All tiles but the two operands. */
    private static final int TILE_SUMS = 6;

    /** Steps of a pass, which then takes a few milliseconds: short enough that some are not disturbed. */
    private static final int VECTOR_STEPS = 1_000_000;

    private static final int TILE_STEPS = 50_000;

    private static final int PASSES = 12;

    /** One as BF16 twice, a little more than one as float32, 63 and -128 as bytes: no overflow, no tiny numbers. */
    private static final int OPERAND = 0x3f803f80;

    /** Tiles: palette 1, at byte 16 the bytes of a row of each tile, at byte 48 its rows. */
    private static final int CONFIGURATION_BYTES = 64;

    private static final int TILE_BYTES_EACH = 1024;

    private final @Nullable VectorOp op;
    private final int operations;

    InstructionPeak(@Nullable VectorOp op, int operations) {
        this.op = op;
        this.operations = operations;
    }

    /** Whether this processor and this system have the instruction. */
    public boolean runsHere() {
        CpuFeatures cpu = CpuFeatures.here();
        return switch (this) {
            case FLOATS -> cpu.avx512();
            case PAIRS -> cpu.avx512() && cpu.bf16();
            case BYTES -> cpu.avx512() && cpu.vnni();
            case TILE_PAIRS -> cpu.avx512() && cpu.amxBf16();
            case TILE_BYTES -> cpu.avx512() && cpu.amx();
        };
    }

    /** Operations per second of all workers of a team together; the best of several passes. Takes about a twentieth of a second. */
    public double measure(ComputeTeam team) {
        return measure(team, op == null ? TILE_STEPS : VECTOR_STEPS, PASSES);
    }

    double measure(ComputeTeam team, int steps, int passes) {
        MachineCode code = MachineCode.of(loop());
        long each = (long) operations * (op == null ? TILE_SUMS : VECTOR_SUMS);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment operands = operands(arena);
            double best = 0;
            for (int pass = 0; pass < passes; pass++) {
                long start = System.nanoTime();
                team.run(team.size(), (task, worker) -> code.call(steps, operands.address(), 0, 0, 0, 0));
                long nanos = Math.max(1, System.nanoTime() - start);
                best = Math.max(best, 1e9 * each * steps * team.size() / nanos);
            }
            return best;
        }
    }

    private static MemorySegment operands(Arena arena) {
        MemorySegment m = arena.allocate(CONFIGURATION_BYTES + TILE_BYTES_EACH, 64);
        m.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        for (int tile = 0; tile < TILE_SUMS + 2; tile++) {
            m.set(ValueLayout.JAVA_SHORT, 16 + 2L * tile, (short) 64);
            m.set(ValueLayout.JAVA_BYTE, 48L + tile, (byte) 16);
        }
        for (int i = 0; i < TILE_BYTES_EACH / 4; i++) {
            m.set(ValueLayout.JAVA_INT, CONFIGURATION_BYTES + 4L * i, OPERAND);
        }
        return m;
    }

    /** RDI steps; RSI the operands. */
    private Assembler loop() {
        Assembler a = new Assembler(Assembler.Encoding.EVEX);
        if (op == null) {
            tiles(a);
        } else {
            vectors(a, op);
        }
        a.vzeroupper();
        a.ret();
        return a;
    }

    private static void vectors(Assembler a, VectorOp op) {
        Vec x = Vec.zmm(VECTOR_SUMS);
        Vec y = Vec.zmm(VECTOR_SUMS + 1);
        a.op(VectorOp.VMOVUPS_LOAD, x, Mem.at(Gp.RSI, CONFIGURATION_BYTES));
        a.op(VectorOp.VMOVUPS_LOAD, y, Mem.at(Gp.RSI, CONFIGURATION_BYTES));
        for (int i = 0; i < VECTOR_SUMS; i++) {
            a.op(VectorOp.VPXORD, Vec.zmm(i), Vec.zmm(i), Vec.zmm(i));
        }
        repeat(a, () -> {
            for (int i = 0; i < VECTOR_SUMS; i++) {
                a.op(op, Vec.zmm(i), x, y);
            }
        });
    }

    private void tiles(Assembler a) {
        int x = TILE_SUMS;
        int y = TILE_SUMS + 1;
        a.ldtilecfg(Mem.at(Gp.RSI));
        a.mov(Gp.RAX, 64);
        a.tileloadd(x, Mem.at(Gp.RSI, CONFIGURATION_BYTES).index(Gp.RAX, 1));
        a.tileloadd(y, Mem.at(Gp.RSI, CONFIGURATION_BYTES).index(Gp.RAX, 1));
        for (int i = 0; i < TILE_SUMS; i++) {
            a.tilezero(i);
        }
        repeat(a, () -> {
            for (int i = 0; i < TILE_SUMS; i++) {
                if (this == TILE_BYTES) {
                    a.tdpbssd(i, x, y);
                } else {
                    a.tdpbf16ps(i, x, y);
                }
            }
        });
        a.tilerelease();
    }

    private static void repeat(Assembler a, Runnable body) {
        Label next = new Label();
        a.align(32);
        a.place(next);
        body.run();
        a.sub(Gp.RDI, 1);
        a.jump(Condition.NOT_EQUAL, next);
    }
}
