/**
 * Architectures as data: one small file per family says how its configuration becomes a {@link
 * io.jandaia.model.arch.DecoderSpec} and what its tensors are called. Start at {@link io.jandaia.model.arch.Family} and read
 * {@link io.jandaia.model.arch.Llama}. Depends on configurations and tensors as files hold them; knows no block formats and
 * no kernels.
 */
@NullMarked
package io.jandaia.model.arch;

import org.jspecify.annotations.NullMarked;
