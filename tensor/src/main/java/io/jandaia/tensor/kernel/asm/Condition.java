package io.jandaia.tensor.kernel.asm;

/** When a jump is taken, after a comparison of signed or unsigned numbers. */
public enum Condition {
    BELOW(2),
    NOT_BELOW(3),
    EQUAL(4),
    NOT_EQUAL(5),
    LESS(12),
    NOT_LESS(13),
    NOT_GREATER(14),
    GREATER(15);

    final int code;

    Condition(int code) {
        this.code = code;
    }
}
