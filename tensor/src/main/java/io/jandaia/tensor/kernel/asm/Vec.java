package io.jandaia.tensor.kernel.asm;

/**
 * A vector register.
 *
 * @param number 0 to 31; above 15 only EVEX instructions reach
 * @param bits 128, 256 or 512
 */
public record Vec(int number, int bits) implements Operand {

    public Vec {
        if (number < 0 || number > 31 || (bits != 128 && bits != 256 && bits != 512)) {
            throw new IllegalArgumentException("no vector register " + number + " of " + bits + " bits");
        }
    }

    public static Vec xmm(int number) {
        return new Vec(number, 128);
    }

    public static Vec ymm(int number) {
        return new Vec(number, 256);
    }

    public static Vec zmm(int number) {
        return new Vec(number, 512);
    }

    /** The same register, seen as {@code bits} wide. */
    public Vec as(int bits) {
        return new Vec(number, bits);
    }
}
