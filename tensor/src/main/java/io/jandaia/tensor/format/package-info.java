/**
 * Block formats: how the numbers of a stored tensor are laid out, one file a format. Start at
 * {@link io.jandaia.tensor.format.BlockFormat}. Knows bytes and floats, no kernels and no files.
 */
@NullMarked
package io.jandaia.tensor.format;

import org.jspecify.annotations.NullMarked;
