/**
 * The decoder and the coarse operations it is made of. Start at {@link io.jandaia.model.nn.Decoder}; {@link
 * io.jandaia.model.nn.InferenceOps} computes its operations with kernels on a team of threads. Depends on specs, sequence
 * state and kernels; knows no files' layouts, no text and no requests.
 */
@NullMarked
package io.jandaia.model.nn;

import org.jspecify.annotations.NullMarked;
