package io.jandaia.tensor.kernel.asm;

/** A general-purpose register of 64 bits. */
public enum Gp implements Operand {
    RAX(0),
    RCX(1),
    RDX(2),
    RBX(3),
    RSP(4),
    RBP(5),
    RSI(6),
    RDI(7),
    R8(8),
    R9(9),
    R10(10),
    R11(11),
    R12(12),
    R13(13),
    R14(14),
    R15(15);

    /** Its number in an instruction. */
    final int number;

    Gp(int number) {
        this.number = number;
    }

    /** What becomes of the number's fourth bit, which prefixes carry. */
    int high() {
        return number >> 3;
    }

    int low() {
        return number & 7;
    }
}
