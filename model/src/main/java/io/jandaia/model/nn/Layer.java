package io.jandaia.model.nn;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The weights of one block of a decoder. */
public record Layer(Norm attentionNorm, Attention attention, Norm mlpNorm, Mlp mlp) {

    /** A root mean square norm. */
    public record Norm(MemorySegment weight, float eps) {}

    /**
     * Attention of one layer.
     *
     * @param queryNorm norm of each head's queries, or none
     * @param keyNorm norm of each head's keys, or none
     * @param window positions a token sees; 0 = all before it
     */
    public record Attention(
            int layer,
            Linear query,
            Linear key,
            Linear value,
            Linear output,
            @Nullable Norm queryNorm,
            @Nullable Norm keyNorm,
            int window) {}

    /** A gated feed-forward block. */
    public record Mlp(Linear gate, Linear up, Linear down) {}
}
