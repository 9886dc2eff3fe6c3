package io.jandaia.tensor.kernel;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ComputeTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How fast the memory of this machine is read by this process: the limit of generating one sequence, which reads every
 * weight once per token.
 */
public final class MemoryBandwidth {

    /** Larger than caches are. */
    private static final long BYTES = 512L << 20;

    /** Enough to be read in one go, few enough that workers end together. */
    private static final long PIECE = 1 << 20;

    private static final int PASSES = 8;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private MemoryBandwidth() {}

    /**
     * Bytes per second that all workers of a team together read; the best of several passes. Takes half a second and as
     * many megabytes; RESOURCE when they cannot be had.
     */
    public static double measure(ComputeTeam team) {
        return measure(team, BYTES, PASSES);
    }

    static double measure(ComputeTeam team, long bytes, int passes) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(bytes, 64);
            int pieces = (int) (bytes / PIECE);
            long[] sums = new long[pieces];
            // Memory never written may all be one page of zeros.
            team.run(
                    pieces,
                    (piece, worker) -> memory.asSlice(piece * PIECE, PIECE).fill((byte) 1));
            double best = 0;
            for (int pass = 0; pass < passes; pass++) {
                long start = System.nanoTime();
                team.run(pieces, (piece, worker) -> sums[piece] = sum(memory, piece * PIECE));
                long nanos = Math.max(1, System.nanoTime() - start);
                best = Math.max(best, pieces * PIECE * 1e9 / nanos);
            }
            long expected = memory.get(LONG, 0) * (PIECE / LONG.byteSize());
            for (long sum : sums) {
                if (sum != expected) {
                    throw Check.defect("Memory filled with ones sums up to " + sum);
                }
            }
            return best;
        } catch (OutOfMemoryError e) {
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE,
                    "Measuring memory bandwidth needs " + (bytes >> 20)
                            + " MB that are not free; close other programs.",
                    e);
        }
    }

    /** A plain loop, which the compiler turns into vectors. */
    private static long sum(MemorySegment memory, long from) {
        long sum = 0;
        for (int i = 0; i < (int) (PIECE / 8); i++) {
            sum += memory.get(LONG, from + i * 8L);
        }
        return sum;
    }
}
