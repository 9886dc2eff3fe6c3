package io.jandaia.model.nn;

import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import org.jspecify.annotations.Nullable;

/**
 * The weights that make hidden states of tokens; what the spec leaves out is null.
 *
 * @param projection from the table's width to the model's
 */
public record Embedding(
        EmbeddingSpec spec,
        Linear table,
        @Nullable Linear projection,
        @Nullable Linear positions,
        @Nullable Linear types,
        Layer.@Nullable Norm norm) {}
