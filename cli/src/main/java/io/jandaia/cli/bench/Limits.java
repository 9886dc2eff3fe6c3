package io.jandaia.cli.bench;

import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.ArithmeticPeak;
import io.jandaia.tensor.kernel.BytePeak;
import io.jandaia.tensor.kernel.MemoryBandwidth;

/**
 * What this machine can do at most with so many threads. A multiply-add is two operations.
 *
 * @param bytes read from memory per second
 * @param floats operations with float32 per second
 * @param codes operations with bytes per second, in vectors: tiles can do more; 0 where kernels do not multiply bytes
 */
public record Limits(double bytes, double floats, double codes) {

    public static Limits measure(int threads) {
        try (ComputeTeam team = ComputeTeam.of(threads)) {
            return new Limits(
                    MemoryBandwidth.measure(team),
                    ArithmeticPeak.measure(team),
                    BytePeak.runsHere() ? BytePeak.measure(team) : 0);
        }
    }

    /** Whether the limit of a model of these numerics is that of bytes. */
    boolean multipliesBytes(Numerics numerics) {
        return numerics == Numerics.FAST && codes > 0;
    }

    /** Operations per second that the numerics allow. */
    double operations(Numerics numerics) {
        return multipliesBytes(numerics) ? codes : floats;
    }
}
