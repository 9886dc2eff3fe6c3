/**
 * Attention over pages of keys and values in machine code. Start reading at TileAttention; depends on the assembler and on the
 * layout of pages that the vector kernels have.
 */
@NullMarked
package io.jandaia.tensor.kernel.paged;

import org.jspecify.annotations.NullMarked;
