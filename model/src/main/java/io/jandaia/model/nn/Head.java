package io.jandaia.model.nn;

import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import org.jspecify.annotations.Nullable;

/**
 * The weights that make logits of hidden states.
 *
 * @param projection from the model's width to the head's; null = none
 */
public record Head(HeadSpec spec, @Nullable Linear projection, Linear output) {}
