package io.jandaia.tensor.kernel.asm;

/** What an instruction reads in its last place: a register or memory. */
public sealed interface Operand permits Gp, Vec, Mem {}
