/**
 * How the next token is chosen from the model's logits. Start at {@link io.jandaia.model.sampling.Sampling}: steps in an
 * order, made of {@link io.jandaia.model.sampling.Settings}; {@link io.jandaia.model.sampling.Sampler} goes through them
 * for each token. Knows token ids and numbers, no text, no decoder and no engine.
 */
@NullMarked
package io.jandaia.model.sampling;

import org.jspecify.annotations.NullMarked;
