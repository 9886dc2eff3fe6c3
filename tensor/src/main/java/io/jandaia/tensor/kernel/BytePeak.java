package io.jandaia.tensor.kernel;

import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.CpuFeatures;
import io.jandaia.tensor.kernel.asm.Gp;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.MachineCode;
import io.jandaia.tensor.kernel.asm.Vec;
import io.jandaia.tensor.kernel.asm.VectorOp;

/**
 * How many multiply-adds of bytes this machine does per second with AVX-512 VNNI: the limit of reading prompts with products of
 * whole numbers in vectors. A multiply-add counts as two operations. Tiles (AMX) may do more.
 */
public final class BytePeak {

    private static final int STEPS = 1_000_000;

    /** Sums that do not wait for each other: more than the latency times the units of any processor so far. */
    private static final int CHAINS = 16;

    private static final int PASSES = 12;

    private BytePeak() {}

    public static boolean runsHere() {
        CpuFeatures cpu = CpuFeatures.here();
        return cpu.avx512() && cpu.vnni();
    }

    /** Operations per second of all workers of a team together; the best of several passes. Takes a tenth of a second. */
    public static double measure(ComputeTeam team) {
        return measure(team, STEPS, PASSES);
    }

    static double measure(ComputeTeam team, int steps, int passes) {
        MachineCode code = MachineCode.of(loop());
        double best = 0;
        for (int pass = 0; pass < passes; pass++) {
            long start = System.nanoTime();
            team.run(team.size(), (task, worker) -> code.call(steps, 0, 0, 0, 0, 0));
            long nanos = Math.max(1, System.nanoTime() - start);
            best = Math.max(best, 2.0 * CHAINS * 64 * steps * team.size() * 1e9 / nanos);
        }
        return best;
    }

    private static Assembler loop() {
        Assembler a = new Assembler(Assembler.Encoding.EVEX);
        for (int i = 0; i < CHAINS + 2; i++) {
            a.op(VectorOp.VPXORD, Vec.zmm(i), Vec.zmm(i), Vec.zmm(i));
        }
        Label next = new Label();
        a.align(32);
        a.place(next);
        for (int i = 0; i < CHAINS; i++) {
            a.op(VectorOp.VPDPBUSD, Vec.zmm(i), Vec.zmm(CHAINS), Vec.zmm(CHAINS + 1));
        }
        a.sub(Gp.RDI, 1);
        a.jump(Condition.NOT_EQUAL, next);
        a.vzeroupper();
        a.ret();
        return a;
    }
}
