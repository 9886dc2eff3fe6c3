package io.jandaia.model.arch;

import io.jandaia.tensor.Activation;

/**
 * Two linear maps with an activation between them, {@code down(f(up(x)))}, or gated, {@code down(f(gate(x)) * up(x))}
 * (Shazeer 2020).
 *
 * @param inner numbers between the maps
 * @param fused whether gate and up are one matrix {@code [2 * inner, dim]}, gate first
 * @param bias whether the maps have a bias
 * @param limit when above 0, gates are kept below it and ups within it on both sides, and 1 is added to ups (gpt-oss)
 */
public record MlpSpec(Activation activation, int inner, boolean gated, boolean fused, boolean bias, float limit)
        implements FeedForwardSpec {

    public static MlpSpec gated(Activation activation, int inner) {
        return new MlpSpec(activation, inner, true, false, false, 0);
    }

    public static MlpSpec plain(Activation activation, int inner) {
        return new MlpSpec(activation, inner, false, false, false, 0);
    }

    public MlpSpec bias(boolean value) {
        return new MlpSpec(activation, inner, gated, fused, value, limit);
    }

    public MlpSpec fusedGate() {
        return new MlpSpec(activation, inner, gated, true, bias, limit);
    }

    public MlpSpec limited(double value) {
        return new MlpSpec(activation, inner, gated, fused, bias, (float) value);
    }
}
