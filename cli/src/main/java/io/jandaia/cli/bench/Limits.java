package io.jandaia.cli.bench;

import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.ArithmeticPeak;
import io.jandaia.tensor.kernel.InstructionPeak;
import io.jandaia.tensor.kernel.MemoryBandwidth;
import io.jandaia.tensor.kernel.PackedMatrix;
import java.util.EnumMap;
import java.util.Map;

/**
 * What this machine can do at most with so many threads. A multiply-add is two operations.
 *
 * @param bytes read from memory per second
 * @param operations per second with each kind of product that this machine has; with floats always
 */
public record Limits(double bytes, Map<InstructionPeak, Double> operations) {

    public static Limits measure(int threads) {
        try (ComputeTeam team = ComputeTeam.of(threads)) {
            double bytes = MemoryBandwidth.measure(team);
            Map<InstructionPeak, Double> operations = new EnumMap<>(InstructionPeak.class);
            for (InstructionPeak peak : InstructionPeak.values()) {
                if (peak.runsHere()) {
                    operations.put(peak, peak.measure(team));
                }
            }
            operations.computeIfAbsent(InstructionPeak.FLOATS, p -> ArithmeticPeak.measure(team));
            return new Limits(bytes, operations);
        }
    }

    /**
     * The kind of product that a weight's speed is held against: of bytes where activations are quantised, of BF16 where both are
     * that, else of float32; always in vectors, so that tiles can reach more than all of it.
     */
    InstructionPeak of(PackedMatrix weight) {
        boolean fast = weight.numerics() == Numerics.FAST;
        InstructionPeak wanted = !fast
                ? InstructionPeak.FLOATS
                : weight.type().blockElements() > 1
                        ? InstructionPeak.BYTES
                        : weight.type() == ElementType.BF16 ? InstructionPeak.PAIRS : InstructionPeak.FLOATS;
        return operations.containsKey(wanted) ? wanted : InstructionPeak.FLOATS;
    }

    /** Seconds that one token's product with a weight takes at least. */
    double seconds(PackedMatrix weight) {
        return 2.0 * weight.rows() * weight.cols() / operations.getOrDefault(of(weight), Double.NaN);
    }
}
