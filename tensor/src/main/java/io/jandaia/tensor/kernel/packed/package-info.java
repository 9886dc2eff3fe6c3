/**
 * Products of whole numbers: weights repacked so that 16 rows lie in the lanes of a vector, activations quantised to bytes,
 * and the machine code that multiplies them. {@link io.jandaia.tensor.kernel.packed.PackedFormat} describes the layout.
 */
@org.jspecify.annotations.NullMarked
package io.jandaia.tensor.kernel.packed;
