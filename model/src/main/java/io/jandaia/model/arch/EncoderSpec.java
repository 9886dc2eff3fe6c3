package io.jandaia.model.arch;

import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an encoder is made of, as data: a transformer whose tokens see those before and after them.
 *
 * @param vocabulary rows of the embedding
 * @param dim numbers in a hidden state
 * @param contextLength tokens that a text may have
 * @param finalNorm after the last block; null = none
 * @param task what hidden states are turned into; null = nothing, the model gives them as they are
 */
public record EncoderSpec(
        int vocabulary,
        int dim,
        int contextLength,
        EmbeddingSpec embedding,
        List<LayerSpec> layers,
        @Nullable NormSpec finalNorm,
        @Nullable TaskSpec task)
        implements ModelSpec {

    public EncoderSpec {
        layers = List.copyOf(layers);
    }
}
