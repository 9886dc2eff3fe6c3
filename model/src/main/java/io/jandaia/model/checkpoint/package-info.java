/**
 * Quantised checkpoints as the Hub hosts them, told apart by {@code quantization_config}, turned into ordinary tensors one by
 * one. Start at {@link io.jandaia.model.checkpoint.QuantizedCheckpoint} and {@link
 * io.jandaia.model.checkpoint.UnpackedTensors}. Knows files and block formats, no architectures and no kernels.
 */
@NullMarked
package io.jandaia.model.checkpoint;

import org.jspecify.annotations.NullMarked;
