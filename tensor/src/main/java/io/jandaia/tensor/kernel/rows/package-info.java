/** Machine code for operations on single rows of numbers; the bits are those of the vector kernels. */
@org.jspecify.annotations.NullMarked
package io.jandaia.tensor.kernel.rows;
