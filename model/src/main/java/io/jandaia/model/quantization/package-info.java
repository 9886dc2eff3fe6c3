/**
 * Quantisation of models: which tensor is stored as which type, and rewriting a file so. Start at
 * {@link io.jandaia.model.quantization.Quantizer}. Knows files and block formats, no architectures and no kernels.
 */
@NullMarked
package io.jandaia.model.quantization;

import org.jspecify.annotations.NullMarked;
