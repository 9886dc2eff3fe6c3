/** Machine code for products with float32 activations; the order of sums is that of the vector kernels. */
@org.jspecify.annotations.NullMarked
package io.jandaia.tensor.kernel.floats;
