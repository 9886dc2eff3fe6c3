/**
 * Machine code from Java: an assembler for the instructions of x86-64 that kernels need, memory to run it from, and what the
 * processor offers. Nothing here knows what is computed.
 */
@org.jspecify.annotations.NullMarked
package io.jandaia.tensor.kernel.asm;
