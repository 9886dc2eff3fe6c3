/**
 * Leaf loops over native memory: stateless and single-threaded. Start at
 * {@link io.jandaia.tensor.kernel.Kernels}; the scalar set defines what is right, the others are tested against it.
 * Depends on element types and matrices only.
 */
@NullMarked
package io.jandaia.tensor.kernel;

import org.jspecify.annotations.NullMarked;
