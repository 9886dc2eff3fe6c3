/**
 * Numbers: stored tensors, their element types, float matrices in native memory and the team of threads that computes.
 * Start at {@link io.jandaia.tensor.StoredTensor} for what files hold and at {@link io.jandaia.tensor.kernel.Kernels} for
 * what is done with it. Depends on nothing.
 */
@NullMarked
package io.jandaia.tensor;

import org.jspecify.annotations.NullMarked;
