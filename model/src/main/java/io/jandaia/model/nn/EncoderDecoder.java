package io.jandaia.model.nn;

import io.jandaia.model.arch.EncoderDecoderSpec;
import io.jandaia.tensor.Matrix;
import java.util.Objects;
import java.util.stream.Stream;

/** An encoder that reads sources, and a decoder that looks at them while it writes. */
public record EncoderDecoder(EncoderDecoderSpec spec, Encoder encoder, Decoder decoder) implements Network {

    /**
     * Reads sources: for every layer of the decoder, their keys and values go to the sources' states, which must have room for
     * them and are advanced.
     */
    public void read(Batch sources, Ops ops) {
        Matrix hidden = encoder.forward(sources, ops);
        for (Layer layer : decoder.layers()) {
            ops.remember(Objects.requireNonNull(layer.cross()).attention(), hidden);
        }
        for (Batch.Slice s : sources.slices()) {
            Objects.requireNonNull(s.source()).advance(s.count());
        }
    }

    @Override
    public Stream<Linear> weights() {
        return Stream.concat(encoder.weights(), decoder.weights());
    }
}
