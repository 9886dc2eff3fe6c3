package io.jandaia.model.nn;

import io.jandaia.model.arch.ModelSpec;
import io.jandaia.tensor.Numerics;
import java.util.stream.Stream;

/** A model's weights, with what is computed from them. */
public sealed interface Network permits Decoder, Encoder, EncoderDecoder {

    ModelSpec spec();

    /** The linear maps. */
    Stream<Linear> weights();

    /** How products are computed: FAST if that was asked for and any weight's kernels and type allow it. */
    default Numerics numerics() {
        return weights().anyMatch(w -> w.weight().numerics() == Numerics.FAST) ? Numerics.FAST : Numerics.EXACT;
    }
}
