package io.jandaia.tensor.kernel;

import io.jandaia.tensor.ComputeTeam;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * How many float32 operations this machine does per second: the limit of reading prompts with products of floats. A
 * multiply-add counts as two operations.
 */
public final class ArithmeticPeak {

    /** Multiply-adds of one lane and one sum in a piece: a few milliseconds. */
    private static final int STEPS = 2_000_000;

    /** Sums that do not wait for each other: more than the latency times the units of any processor so far. */
    private static final int CHAINS = 12;

    private static final int PASSES = 12;

    private ArithmeticPeak() {}

    /** Operations per second of all workers of a team together; the best of several passes. Takes a fifth of a second. */
    public static double measure(ComputeTeam team) {
        return measure(team, STEPS, PASSES);
    }

    static double measure(ComputeTeam team, int steps, int passes) {
        boolean vectors = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        float[] sums = new float[team.size()];
        double best = 0;
        for (int pass = 0; pass < passes; pass++) {
            long start = System.nanoTime();
            team.run(
                    team.size(),
                    (task, worker) -> sums[task] = vectors ? Vectors.multiplyAdd(steps) : multiplyAdd(steps));
            long nanos = Math.max(1, System.nanoTime() - start);
            int lanes = vectors ? Vectors.LANES : 1;
            best = Math.max(best, 2.0 * CHAINS * lanes * steps * team.size() * 1e9 / nanos);
        }
        for (float sum : sums) {
            if (sum != sums[0] || sum == 0) {
                throw Check.defect("The same multiply-adds gave " + sums[0] + " and " + sum);
            }
        }
        return best;
    }

    /** Without vectors: what scalar kernels could do at most. */
    private static float multiplyAdd(int steps) {
        float x = 0.5f;
        float y = 0.25f;
        float a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0, j = 0, k = 0, l = 0;
        for (int step = 0; step < steps; step++) {
            a = Math.fma(x, y, a);
            b = Math.fma(x, y, b);
            c = Math.fma(x, y, c);
            d = Math.fma(x, y, d);
            e = Math.fma(x, y, e);
            f = Math.fma(x, y, f);
            g = Math.fma(x, y, g);
            h = Math.fma(x, y, h);
            i = Math.fma(x, y, i);
            j = Math.fma(x, y, j);
            k = Math.fma(x, y, k);
            l = Math.fma(x, y, l);
        }
        return a + b + c + d + e + f + g + h + i + j + k + l;
    }

    /** Apart, so that the class above loads without the vector module. */
    private static final class Vectors {
        private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
        static final int LANES = SPECIES.length();

        static float multiplyAdd(int steps) {
            FloatVector x = FloatVector.broadcast(SPECIES, 0.5f);
            FloatVector y = FloatVector.broadcast(SPECIES, 0.25f);
            FloatVector a = FloatVector.zero(SPECIES);
            FloatVector b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a;
            for (int step = 0; step < steps; step++) {
                a = x.fma(y, a);
                b = x.fma(y, b);
                c = x.fma(y, c);
                d = x.fma(y, d);
                e = x.fma(y, e);
                f = x.fma(y, f);
                g = x.fma(y, g);
                h = x.fma(y, h);
                i = x.fma(y, i);
                j = x.fma(y, j);
                k = x.fma(y, k);
                l = x.fma(y, l);
            }
            FloatVector sum = a.add(b)
                    .add(c)
                    .add(d)
                    .add(e.add(f).add(g).add(h))
                    .add(i.add(j).add(k).add(l));
            return sum.lane(0);
        }
    }
}
